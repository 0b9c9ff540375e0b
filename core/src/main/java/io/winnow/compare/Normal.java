package io.winnow.compare;

/** The standard normal distribution. */
final class Normal {
  private static final double[] ABOVE = {
    3.52624965998911e-02,
    0.700383064443688,
    6.37396220353165,
    33.912866078383,
    112.079291497871,
    221.213596169931,
    220.206867912376
  };
  private static final double[] BELOW = {
    8.83883476483184e-02,
    1.75566716318264,
    16.064177579207,
    86.7807322029461,
    296.564248779674,
    637.333633378831,
    793.826512519948,
    440.413735824752
  };

  private Normal() {}

  /**
   * P(Z <= x) to 1e-14: Hart's rational approximation, and far out a continued fraction (G. West,
   * Better approximations to cumulative normal functions, Wilmott 2005).
   */
  static double cdf(double x) {
    double size = Math.abs(x);
    double density = Math.exp(-size * size / 2);
    double tail;
    if (size < 7.07106781186547) {
      tail = density * polynomial(ABOVE, size) / polynomial(BELOW, size);
    } else {
      double fraction = size + 0.65;
      for (int k = 4; k >= 1; k--) {
        fraction = size + k / fraction;
      }
      tail = density / fraction / Math.sqrt(2 * Math.PI);
    }
    return x > 0 ? 1 - tail : tail;
  }

  private static double polynomial(double[] coefficients, double x) {
    double value = 0;
    for (double c : coefficients) {
      value = value * x + c;
    }
    return value;
  }
}
