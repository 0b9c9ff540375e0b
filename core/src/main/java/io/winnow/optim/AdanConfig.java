package io.winnow.optim;

/**
 * Constants of Adan.
 *
 * @param beta1 of the mean of the gradients
 * @param beta2 of the mean of their differences
 * @param beta3 of the mean of the squares
 * @param weightDecay share of the parameter that a step takes, per learning rate; 0 for none
 * @param proximal whether the decay divides after the step, p / (1 + lr decay), or multiplies
 *     before it, p (1 - lr decay)
 */
public record AdanConfig(
    double beta1, double beta2, double beta3, double eps, double weightDecay, boolean proximal) {
  /** 0.98, 0.92, 0.99, 1e-8, no weight decay. */
  public static final AdanConfig DEFAULT = new AdanConfig(0.98, 0.92, 0.99, 1e-8, 0, true);

  public AdanConfig {
    fraction("beta1", beta1);
    fraction("beta2", beta2);
    fraction("beta3", beta3);
    if (!(eps > 0)) {
      throw new IllegalArgumentException("eps is " + eps + ", but must be above 0");
    }
    if (!(weightDecay >= 0)) {
      throw new IllegalArgumentException("weightDecay is " + weightDecay + ", but must be >= 0");
    }
  }

  private static void fraction(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(name + " is " + value + ", but must be in [0, 1)");
    }
  }
}
