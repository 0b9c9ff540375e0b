package io.winnow.train;

import io.winnow.files.Sha256;
import java.util.Arrays;

/**
 * Fixed weights per group: loss = (1/B) sum_i w_{g_i} l_i. Divided by B and not by the batch's sum
 * of weights, so that a sample's weight does not depend on its neighbours; with sum_c p_c w_c = 1
 * the learning rate keeps its meaning (section III-C of the paper).
 */
public final class ClassLossWeights implements LossWeighting {
  private final double[] weights; // [K]

  /**
   * Weights by group.
   *
   * @param weights w_c for each group, [K]; a group without samples may hold NaN
   */
  public ClassLossWeights(double[] weights) {
    this.weights = weights.clone();
  }

  /** Weight 1 for each of {@code groups} groups: the plain mean of the losses. */
  public static ClassLossWeights uniform(int groups) {
    double[] ones = new double[groups];
    Arrays.fill(ones, 1);
    return new ClassLossWeights(ones);
  }

  @Override
  public double[] coefficients(int[] groups) {
    double[] coefficients = new double[groups.length];
    for (int i = 0; i < groups.length; i++) {
      coefficients[i] = weights[groups[i]] / groups.length;
    }
    return coefficients;
  }

  @Override
  public String identity() {
    return "loss weights " + Sha256.of(Arrays.toString(weights));
  }
}
