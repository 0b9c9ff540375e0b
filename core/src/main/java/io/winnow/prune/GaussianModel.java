package io.winnow.prune;

import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * One Gaussian and its log-density, by a Cholesky factor L of the covariance C; C itself is never
 * inverted:
 *
 * <pre>{@code
 * ln N(z) = -1/2 [ ||L^-1 (z - mu)||^2 + ln det C + d ln(2 pi) ]      ln det C = 2 sum ln L_kk
 * }</pre>
 *
 * <p>It uses the memory of the mean and the covariance it was made of, and lives as long as they
 * do.
 */
public final class GaussianModel {
  private static final Scalar MINUS_HALF = Tensors.constant(-0.5);
  private static final Scalar TWO = Tensors.constant(2);
  private static final long[] COLUMNS = {1};

  private final Tensor mean; // [d]
  private final Tensor factor; // [d, d], L or its inverse
  private final boolean inverted;
  private final double logDeterminant;

  private GaussianModel(Tensor mean, Tensor factor, boolean inverted, double logDeterminant) {
    this.mean = mean;
    this.factor = factor;
    this.inverted = inverted;
    this.logDeterminant = logDeterminant;
  }

  /**
   * Factors a covariance.
   *
   * @param mean mu, [d], float64
   * @param covariance C, [d, d], float64, of which the lower triangle is read; overwritten by its
   *     factor
   * @param where what is modelled, for the error
   * @param rows how many rows the covariance comes from, which will be scored as well
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
      boolean invert = rows > 2 * mean.numel(); // from there on products beat substitution
      if (invert) {
        LinearAlgebra.invertLower(covariance);
      }
      return new GaussianModel(mean, covariance, invert, logDeterminant);
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
    return new GaussianModel(otherMean, factor, inverted, logDeterminant);
  }

  /**
   * Log-density of every row.
   *
   * @param rows [n, d], any real dtype
   * @return [n], float64
   */
  public Tensor logDensity(Tensor rows) {
    try (Scope scope = Scope.open()) {
      Tensor centred = LinearAlgebra.empty(rows.shape()).copy_(rows).sub_(mean); // [n, d]
      if (inverted) {
        LinearAlgebra.multiplyLower(factor, centred);
      } else {
        LinearAlgebra.solveLower(factor, centred);
      }
      Tensor norm = // [n], Mahalanobis distance
          torch.linalg_vector_norm(centred, TWO, COLUMNS, false, new ScalarTypeOptional());
      double constant = logDeterminant + mean.numel() * Math.log(2 * Math.PI);
      return scope.keep(norm.square_().add_(new Scalar(constant)).mul_(MINUS_HALF));
    }
  }
}
