package io.winnow.prune;

import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.Scope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * How a Gaussian's covariance is estimated. Where a class has no more rows than dimensions, the
 * plain estimate ranks by its ridge alone; the others exist for that regime.
 */
public enum Covariance {
  /** S + reg I, S with divisor n: the published code of instance selection for GANs. */
  PLAIN,
  /** Shrinkage of Ledoit and Wolf (2004), as in scikit-learn; no ridge. */
  LEDOIT_WOLF,
  /** Oracle approximating shrinkage of Chen et al. (2010), as in scikit-learn; no ridge. */
  OAS,
  /** One within-class covariance for all classes (divisor n), plus reg I; class means are kept. */
  POOLED;

  /**
   * (1 - s) S + s m I, with m = tr S / d.
   *
   * @param intensity s, in [0, 1]
   * @param matrix [d, d], float64; belongs to the caller's scope
   */
  public record Shrunk(double intensity, Tensor matrix) {}

  /**
   * Shrinks a covariance towards a multiple of the identity.
   *
   * <pre>{@code
   * Ledoit-Wolf  delta = ||S - m I||_F^2 / d    beta = [ (1/n) sum ||z - mu||^4 - ||S||_F^2 ] / (n d)
   *              s = min(beta, delta) / delta
   * OAS          a = ||S||_F^2 / d^2            s = min(1, (a + m^2) / ((n + 1) (a - m^2 / d)))
   * }</pre>
   *
   * @param s S, divisor n, [d, d], float64
   * @param fourth (1/n) sum ||z - mu||^4; only Ledoit-Wolf reads it
   * @param n rows
   */
  public Shrunk shrink(Tensor s, double fourth, long n) {
    try (Scope scope = Scope.open()) {
      long d = s.size(0);
      double m = LinearAlgebra.trace(s) / d;
      double norm2 = s.square().sum().item_double(); // ||S||_F^2
      double intensity =
          switch (this) {
            case LEDOIT_WOLF -> ledoitWolf(norm2, m, fourth, n, d);
            case OAS -> oas(norm2, m, n, d);
            case PLAIN, POOLED ->
                throw new IllegalArgumentException("Covariance.shrink: " + this + " does not");
          };
      Tensor shrunk = s.mul(new Scalar(1 - intensity));
      shrunk.diagonal().add_(new Scalar(intensity * m));
      return new Shrunk(intensity, scope.keep(shrunk));
    }
  }

  private static double ledoitWolf(double norm2, double m, double fourth, long n, long d) {
    double delta = norm2 / d - m * m; // ||S - m I||^2 = ||S||^2 - d m^2
    double beta = (fourth - norm2) / ((double) n * d);
    return delta <= 0 || beta <= 0 ? 0 : Math.min(beta, delta) / delta;
  }

  private static double oas(double norm2, double m, long n, long d) {
    double a = norm2 / ((double) d * d);
    double denominator = (n + 1.0) * (a - m * m / d);
    return denominator == 0 ? 1 : Math.min(1, (a + m * m) / denominator);
  }
}
