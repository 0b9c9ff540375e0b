package io.winnow.train;

import io.winnow.files.Sha256;
import java.util.Arrays;

/**
 * Weighted sampling instead of weighted losses: each sample's group is drawn with the given
 * probability and then one of its images uniformly, with replacement; losses count equally. The
 * same expectation as {@link ClassLossWeights} with a lower variance for large weights, but images
 * of up-weighted groups repeat more often.
 */
public final class ClassSampling implements LossWeighting {
  private final double[] probabilities; // [K]

  /**
   * Sampling by group.
   *
   * @param probabilities of the groups, [K], summing to 1; 0 or NaN for a group without samples
   */
  public ClassSampling(double[] probabilities) {
    this.probabilities = probabilities.clone();
  }

  @Override
  public double[] coefficients(int[] groups) {
    double[] coefficients = new double[groups.length];
    Arrays.fill(coefficients, 1.0 / groups.length);
    return coefficients;
  }

  @Override
  public double[] samplingProbabilities() {
    return probabilities.clone();
  }

  @Override
  public String identity() {
    return "sampling " + Sha256.of(Arrays.toString(probabilities));
  }
}
