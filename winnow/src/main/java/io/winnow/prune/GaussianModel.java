package io.winnow.prune;

import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * One Gaussian and its log-density, by a Cholesky factor L of the covariance C; C is never
 * inverted:
 *
 * <pre>{@code
 * ln N(z) = -1/2 [ ||L^-1 (z - mu)||^2 + ln det C + d ln(2 pi) ]      ln det C = 2 sum ln L_kk
 * }</pre>
 *
 * Its tensors belong to the scope in which it was made.
 */
public final class GaussianModel {
  private static final Scalar MINUS_HALF = Tensors.constant(-0.5);

  private final Tensor mean; // [d]
  private final Tensor factor; // [d, d], lower
  private final double logDeterminant;

  private GaussianModel(Tensor mean, Tensor factor, double logDeterminant) {
    this.mean = mean;
    this.factor = factor;
    this.logDeterminant = logDeterminant;
  }

  /**
   * Factors a covariance.
   *
   * @param mean mu, [d], float64
   * @param covariance C, [d, d], float64, symmetric; overwritten by its factor
   * @param where what is modelled, for the error
   * @param rows how many rows the covariance comes from, for the error
   * @throws IllegalArgumentException where C is singular
   */
  public static GaussianModel of(Tensor mean, Tensor covariance, String where, long rows) {
    if (!LinearAlgebra.cholesky(covariance)) {
      long d = mean.numel();
      throw new IllegalArgumentException(
          String.format(
              "Gaussian score of %s: the covariance of %d features from %d rows is singular;"
                  + " expected a positive definite one. Set prune.reg to 1e-5, use more than %d"
                  + " rows, or choose covariance: ledoit-wolf.",
              where, d, rows, d));
    }
    try (Scope scope = Scope.open()) {
      double logDeterminant = 2 * covariance.diagonal().log().sum().item_double();
      return new GaussianModel(mean, covariance, logDeterminant);
    }
  }

  /** ln det C. */
  public double logDeterminant() {
    return logDeterminant;
  }

  /** mu, [d], float64. */
  public Tensor mean() {
    return mean;
  }

  /** The same covariance around another mean, [d]. */
  GaussianModel around(Tensor otherMean) {
    return new GaussianModel(otherMean, factor, logDeterminant);
  }

  /**
   * Log-density of every row.
   *
   * @param rows [n, d], any real dtype
   * @return [n], float64
   */
  public Tensor logDensity(Tensor rows) {
    try (Scope scope = Scope.open()) {
      Tensor centred = LinearAlgebra.float64(rows).sub(mean); // [n, d]
      LinearAlgebra.solveLower(factor, centred);
      Tensor distance = centred.mul_(centred).sum(1); // [n], squared Mahalanobis distance
      double constant = logDeterminant + mean.numel() * Math.log(2 * Math.PI);
      return scope.keep(distance.add_(new Scalar(constant)).mul_(MINUS_HALF));
    }
  }
}
