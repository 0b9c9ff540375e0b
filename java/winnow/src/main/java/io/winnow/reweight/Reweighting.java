package io.winnow.reweight;

import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.Json;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.EpsObjective;
import io.winnow.files.Sha256;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.train.LossWeighting;
import io.winnow.train.TrainListener;
import io.winnow.train.TrainStep;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Learns class weights while a proxy trains (algorithm of section III-C of the paper): at every
 * step a frozen reference sees the very inputs that the proxy sees (same x_t, t and dropped
 * labels), and classes on which the proxy lags behind gain weight.
 *
 * <p>Use it as the proxy trainer's {@link LossWeighting}; {@link #result} and {@link #trajectory}
 * are the outcome. The reference must be in evaluation mode. "Class" may be any partition: only
 * group ids are used.
 */
public final class Reweighting implements LossWeighting {
  private final ReweightConfig config;
  private final List<String> classes;
  private final Denoiser reference;
  private final String identity;
  private final Mixture mixture;
  private ExcessLoss excess;

  /**
   * Starts a run.
   *
   * @param classes names of the groups, [K]
   * @param groupCounts coreset samples of each group, [K]; 0 for a group that is left out
   * @param reference a frozen network of the proxy's kind, in evaluation mode
   * @param referenceIdentity hash of the reference's weights, for the record
   */
  public Reweighting(
      ReweightConfig config,
      List<String> classes,
      long[] groupCounts,
      Denoiser reference,
      String referenceIdentity) {
    this.config = config;
    this.classes = List.copyOf(classes);
    this.reference = reference;
    this.mixture = new Mixture(config, groupCounts);
    this.excess = mixture.startStep();
    Map<String, Object> parts = new LinkedHashMap<>();
    parts.put("config", config);
    parts.put("counts", groupCounts);
    parts.put("reference", referenceIdentity);
    this.identity = "reweighting " + Sha256.of(Json.string(parts));
  }

  @Override
  public boolean watches() {
    return true;
  }

  @Override
  public void watch(TrainStep step, Tensor perSample) {
    double[] proxyLoss = Tensors.doubles(perSample);
    double[] referenceLoss;
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor prediction = reference.predict(step.xt(), step.t(), step.y()); // [b, C, H, W]
      referenceLoss = Tensors.doubles(EpsObjective.perSampleLoss(prediction, step.eps())); // [b]
    }
    for (int i = 0; i < proxyLoss.length; i++) {
      double margin = proxyLoss[i] - referenceLoss[i];
      if (Double.isFinite(margin)) {
        excess.add(mixture.active(step.groups()[i]), margin);
      } else {
        mixture.broken();
      }
    }
  }

  @Override
  public void update() {
    mixture.update(excess);
    excess = mixture.startStep();
  }

  @Override
  public double[] coefficients(int[] groups) {
    int[] active = new int[groups.length];
    for (int i = 0; i < active.length; i++) {
      active[i] = mixture.active(groups[i]);
    }
    return config.loss().coefficients(mixture.alpha(), mixture.frequency(), active);
  }

  /**
   * Gives the numbers to watch: {@code strength} = eta * spread / smoothing is useful between 0.1
   * and 1.
   */
  @Override
  public Map<String, Double> endEpoch(TrainListener listener) {
    mixture.endEpoch();
    Map<String, Double> notes = new LinkedHashMap<>();
    double spread = mixture.spread();
    notes.put("eta", mixture.eta());
    notes.put("spread", spread);
    notes.put("strength", mixture.eta() * spread / config.smoothing());
    notes.put("clippedShare", mixture.clippedShare());
    return notes;
  }

  @Override
  public String identity() {
    return identity;
  }

  @Override
  public String state() {
    return Json.string(mixture.state());
  }

  @Override
  public void restore(String state, long step) {
    mixture.restore(Json.parse(state, Mixture.State.class));
    excess = mixture.startStep();
  }

  /**
   * The mean mixture as loss weights w_c = mean alpha_c / p_c, with the settings and the guards'
   * warnings.
   *
   * @param identities what the weights belong to (data set, coreset, reference, architecture)
   */
  public ClassWeights result(Map<String, String> identities) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("options", config);
    settings.put("etaUsed", mixture.eta());
    settings.put("steps", mixture.step());
    settings.put("clippedShare", mixture.clippedShare());
    settings.put("nonFiniteLosses", mixture.brokenCount());
    settings.put("identities", identities);
    return new ClassWeights(
        classes,
        mixture.weights(mixture.meanAlpha()),
        mixture.overAll(mixture.meanAlpha()),
        mixture.overAll(mixture.frequency()),
        settings,
        mixture.warnings(classes));
  }

  /** Loss weights of the classes over the steps, for {@code class-weights.csv}. */
  public ClassWeights.Trajectory trajectory() {
    return new ClassWeights.Trajectory(classes, mixture.trajectory());
  }
}
