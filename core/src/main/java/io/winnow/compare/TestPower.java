package io.winnow.compare;

import java.util.function.DoubleUnaryOperator;

/**
 * Power of two-sided t tests.
 *
 * <p>T = (Z + delta) / U with Z standard normal and U = sqrt(chi2_nu / nu) is noncentral t, so that
 * P(|T| > t) = E[Phi(delta - t U) + Phi(-delta - t U)]. The mean over U is a trapezoidal sum over
 * ln U, where the integrand is smooth and falls off on both sides, so that the sum converges
 * exponentially; library routines that sum series return NaN far out.
 */
final class TestPower {
  /** Half of the mass outside is below e^-TAIL. */
  private static final double TAIL = 32;

  private TestPower() {}

  /**
   * Probability that a test finds an effect.
   *
   * @param degrees of freedom of the test
   * @param noncentrality effect over its standard error
   * @param level two-sided error rate
   */
  static double of(double degrees, double noncentrality, double level) {
    return beyond(StudentT.critical(level, degrees), degrees, noncentrality);
  }

  /**
   * The same where the standard error comes from a spread s that was itself measured: its mean over
   * what the true spread may be, sigma = s / U. So the promise holds on average over such
   * measurements; with s taken for sigma it would not (Julious and Owen, Pharmaceutical Statistics
   * 2006).
   *
   * @param measured degrees of freedom of s; infinite where sigma is known
   */
  static double expected(double degrees, double noncentrality, double level, double measured) {
    if (Double.isInfinite(measured)) {
      return of(degrees, noncentrality, level);
    }
    double t = StudentT.critical(level, degrees);
    return overChi(measured, 0.1, u -> beyond(t, degrees, noncentrality * u));
  }

  /** P(|T| > t). */
  private static double beyond(double t, double degrees, double noncentrality) {
    return overChi(
        degrees, 0.05, u -> Normal.cdf(noncentrality - t * u) + Normal.cdf(-noncentrality - t * u));
  }

  /**
   * E[f(U)]; its density in x = ln u is e^(nu (x - e^(2x) / 2)), up to a factor.
   *
   * @param most step in x, below the width of what f does
   */
  private static double overChi(double nu, double most, DoubleUnaryOperator f) {
    double width = 1 / Math.sqrt(2 * nu);
    double step = Math.min(most, width / 2);
    double low = -(TAIL / nu + Math.sqrt(TAIL / nu));
    double high = Math.sqrt(TAIL / nu);
    double sum = 0;
    double weights = 0;
    for (int i = 0; low + i * step <= high; i++) {
      double x = low + i * step;
      double weight = Math.exp(nu * (x - Math.expm1(2 * x) / 2));
      if (weight > 1e-14) {
        sum += weight * f.applyAsDouble(Math.exp(x));
        weights += weight;
      }
    }
    return sum / weights;
  }
}
