package io.winnow.reweight;

import io.winnow.artifact.ClassWeights;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Weights that nothing is learnt for: w_c = 1 / (K p_c), all classes as one in the loss. */
public final class InverseFrequency {
  private InverseFrequency() {}

  /**
   * The weights.
   *
   * @param classes names of the groups, [K]
   * @param groupCounts coreset samples of each group, [K]; 0 for a group that is left out
   * @param identities what the weights belong to (data set, coreset)
   */
  public static ClassWeights of(
      ReweightConfig config,
      List<String> classes,
      long[] groupCounts,
      Map<String, String> identities) {
    Groups groups = new Groups(groupCounts);
    double[] equal = new double[groups.size()];
    Arrays.fill(equal, 1.0 / equal.length);
    Map<String, Object> settings = new TreeMap<>();
    settings.put("options", config);
    settings.put(ClassWeights.RULE, ClassWeights.INVERSE_FREQUENCY);
    settings.put("identities", identities);
    return new ClassWeights(
        classes,
        groups.weights(equal),
        groups.overAll(equal),
        groups.overAll(groups.frequency()),
        settings,
        groups.warnings(classes));
  }
}
