package io.winnow.compare;

/** Student's t distribution; degrees of freedom are above 0 and need not be whole. */
final class StudentT {
  private static final double[] LANCZOS = {
    0.9999999999998099,
    676.5203681218851,
    -1259.1392167224028,
    771.3234287776531,
    -176.6150291621406,
    12.507343278686905,
    -0.13857109526572012,
    9.984369578019572e-6,
    1.5056327351493116e-7
  };
  private static final double TINY = 1e-300;
  private static final int MAX_TERMS = 10_000;

  private StudentT() {}

  /** P(|T| > |t|): the p-value of a two-sided test. */
  static double twoSided(double t, double degrees) {
    if (Double.isInfinite(t)) {
      return 0;
    }
    double square = t * t;
    return square < degrees // of x and 1 - x the smaller, which has all its digits
        ? 1 - incompleteBeta(square / (degrees + square), 0.5, degrees / 2)
        : incompleteBeta(degrees / (degrees + square), degrees / 2, 0.5);
  }

  /**
   * The t that |T| exceeds with a given probability: the critical value of a two-sided test.
   *
   * @param level in (0, 1)
   */
  static double critical(double level, double degrees) {
    double above = 1;
    while (twoSided(above, degrees) > level) {
      above *= 2;
    }
    double below = 0;
    double middle = above / 2;
    while (middle > below && middle < above) { // until the two are neighbours
      if (twoSided(middle, degrees) > level) {
        below = middle;
      } else {
        above = middle;
      }
      middle = (below + above) / 2;
    }
    return middle;
  }

  /** I_x(a, b), regularised. */
  static double incompleteBeta(double x, double a, double b) {
    if (x <= 0 || x >= 1) {
      return x <= 0 ? 0 : 1;
    }
    double front =
        Math.exp(
            logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
    boolean direct = x < (a + 1) / (a + b + 2); // there the fraction converges fast
    return direct ? front * fraction(x, a, b) / a : 1 - front * fraction(1 - x, b, a) / b;
  }

  /** The continued fraction of the incomplete beta function, by Lentz's method. */
  private static double fraction(double x, double a, double b) {
    double c = 1;
    double d = 1 / away(1 - (a + b) * x / (a + 1));
    double value = d;
    for (int m = 1; m <= MAX_TERMS; m++) {
      double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
      d = 1 / away(1 + even * d);
      c = away(1 + even / c);
      value *= d * c;
      double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
      d = 1 / away(1 + odd * d);
      c = away(1 + odd / c);
      double step = d * c;
      value *= step;
      if (Math.abs(step - 1) < 1e-16) {
        break;
      }
    }
    return value;
  }

  /** Lentz's method divides by what may vanish. */
  private static double away(double x) {
    return Math.abs(x) < TINY ? TINY : x;
  }

  /** ln Gamma(x) of x > 0, by Lanczos' approximation (g = 7, nine terms). */
  static double logGamma(double x) {
    if (x < 0.5) {
      return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
    }
    double sum = LANCZOS[0];
    for (int k = 1; k < LANCZOS.length; k++) {
      sum += LANCZOS[k] / (x - 1 + k);
    }
    double base = x + 6.5;
    return Math.log(2 * Math.PI) / 2 + (x - 0.5) * Math.log(base) - base + Math.log(sum);
  }
}
