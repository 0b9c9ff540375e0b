package io.winnow.optim;

import io.winnow.tensor.Kernels;

/**
 * Constants of Adam and AdamW.
 *
 * @param weightDecay factor of the parameter in its own gradient (Adam) or in the step (AdamW); 0
 *     for none
 */
public record AdamConfig(double beta1, double beta2, double eps, double weightDecay) {
  /** 0.9, 0.999, 1e-8, no weight decay. */
  public static final AdamConfig DEFAULT = new AdamConfig(0.9, 0.999, 1e-8, 0);

  public AdamConfig {
    fraction("beta1", beta1);
    fraction("beta2", beta2);
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

  Kernels.AdamStep at(double learningRate, boolean decoupled) {
    return new Kernels.AdamStep(learningRate, beta1, beta2, eps, weightDecay, decoupled);
  }
}
