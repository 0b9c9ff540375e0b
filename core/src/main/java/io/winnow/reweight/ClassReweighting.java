package io.winnow.reweight;

import io.winnow.artifact.ClassWeights;
import io.winnow.train.LossWeighting;
import java.util.Map;

/** Weights per class that are learnt while a proxy trains under them. */
public interface ClassReweighting extends LossWeighting {
  /**
   * The mean mixture as loss weights w_c = mean alpha_c / p_c, with the settings and the guards'
   * warnings.
   *
   * @param identities what the weights belong to (data set, coreset, reference)
   */
  ClassWeights result(Map<String, String> identities);

  /** Loss weights of the classes over the steps, for {@code class-weights.csv}. */
  ClassWeights.Trajectory trajectory();
}
