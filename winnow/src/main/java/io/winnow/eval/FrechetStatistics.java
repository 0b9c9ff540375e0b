package io.winnow.eval;

import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.Moments;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Shapes;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * Mean and covariance of a set of features: all that a Frechet distance needs of it.
 *
 * @param mean mu, [d], float64
 * @param covariance Sigma, divisor N - 1, [d, d], float64, symmetric
 * @param count N; 0 where a statistics file does not say
 */
public record FrechetStatistics(Tensor mean, Tensor covariance, long count) {
  public FrechetStatistics {
    Shapes.require(mean, "FrechetStatistics mean", Shapes.ANY);
    Shapes.require(covariance, "FrechetStatistics covariance", mean.size(0), mean.size(0));
    mean = LinearAlgebra.float64(mean);
    covariance = LinearAlgebra.float64(covariance);
    try (Scope scope = Scope.open()) {
      if (!Double.isFinite(mean.sum().item_double() + covariance.sum().item_double())) {
        throw new IllegalArgumentException(
            "FrechetStatistics: the mean or the covariance has a value that is NaN or infinite;"
                + " expected finite numbers. Encode the images again.");
      }
    }
  }

  /**
   * Statistics of what the moments have seen.
   *
   * @throws IllegalArgumentException for fewer than two rows
   */
  public static FrechetStatistics of(Moments moments) {
    if (moments.count() < 2) {
      throw new IllegalArgumentException(
          "FrechetStatistics: "
              + moments.count()
              + " rows; expected at least 2, for a covariance. Give more images.");
    }
    return new FrechetStatistics(
        moments.mean(), moments.covariance(moments.count() - 1), moments.count());
  }

  /** Statistics of the rows of a matrix, [N, d], any real dtype. */
  public static FrechetStatistics of(Tensor features) {
    try (Moments moments = Moments.of(features)) {
      return of(moments);
    }
  }

  /** d. */
  public int dimension() {
    return Math.toIntExact(mean.size(0));
  }

  /** Whether both are the same numbers, whatever their count. */
  boolean sameAs(FrechetStatistics other) {
    return mean.equal(other.mean) && covariance.equal(other.covariance);
  }

  /** Values of the mean, for reports and hashes. */
  double[] meanValues() {
    return Tensors.doubles(mean);
  }
}
