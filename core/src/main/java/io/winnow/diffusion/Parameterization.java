package io.winnow.diffusion;

import org.bytedeco.pytorch.Tensor;

/**
 * What a network's output stands for. The loss takes its target from here and the samplers their
 * eps, so that the two cannot disagree. With a = alphaBar_t and x_t = sqrt(a) x0 + sqrt(1 - a) eps.
 */
public enum Parameterization {
  /** The noise (Ho et al., 2020). */
  EPS("epsilon") {
    @Override
    Tensor target(NoiseSchedule schedule, Tensor x0, Tensor eps, Tensor t) {
      return eps;
    }

    @Override
    Tensor eps(NoiseSchedule schedule, Tensor output, Tensor xt, Tensor t) {
      return output;
    }

    @Override
    double minSnrWeight(double snr, double gamma) {
      return Math.min(snr, gamma) / snr;
    }
  },
  /**
   * v = sqrt(a) eps - sqrt(1 - a) x0 (Salimans and Ho, 2022), so eps = sqrt(a) v + sqrt(1-a) x_t.
   */
  V("v_prediction") {
    @Override
    Tensor target(NoiseSchedule schedule, Tensor x0, Tensor eps, Tensor t) {
      return eps.mul(schedule.signal(t, eps)).sub(x0.mul(schedule.noise(t, x0)));
    }

    @Override
    Tensor eps(NoiseSchedule schedule, Tensor output, Tensor xt, Tensor t) {
      return output.mul(schedule.signal(t, output)).add(xt.mul(schedule.noise(t, xt)));
    }

    @Override
    double minSnrWeight(double snr, double gamma) {
      return Math.min(snr, gamma) / (snr + 1);
    }
  },
  /** The clean image, so eps = (x_t - sqrt(a) x0) / sqrt(1 - a). */
  X0("sample") {
    @Override
    Tensor target(NoiseSchedule schedule, Tensor x0, Tensor eps, Tensor t) {
      return x0;
    }

    @Override
    Tensor eps(NoiseSchedule schedule, Tensor output, Tensor xt, Tensor t) {
      return xt.sub(output.mul(schedule.signal(t, output))).div(schedule.noise(t, xt));
    }

    @Override
    double minSnrWeight(double snr, double gamma) {
      return Math.min(snr, gamma);
    }
  },
  /**
   * The velocity eps - x0 of straight paths (flow matching; Lipman et al., 2023), which have no
   * noise schedule: {@link FlowObjective} and {@link OdeSampler#flow} are theirs.
   */
  FM("flow_prediction") {
    @Override
    Tensor target(NoiseSchedule schedule, Tensor x0, Tensor eps, Tensor t) {
      throw withoutSchedule();
    }

    @Override
    Tensor eps(NoiseSchedule schedule, Tensor output, Tensor xt, Tensor t) {
      throw withoutSchedule();
    }

    @Override
    double minSnrWeight(double snr, double gamma) {
      throw withoutSchedule();
    }
  };

  private final String key;

  Parameterization(String key) {
    this.key = key;
  }

  /**
   * The output of a perfect network.
   *
   * @param x0 clean images, [B, C, H, W]
   * @param eps noise, [B, C, H, W]
   * @param t steps, [B], int64
   * @return {@code [B, C, H, W]}
   */
  abstract Tensor target(NoiseSchedule schedule, Tensor x0, Tensor eps, Tensor t);

  /**
   * The noise that an output means.
   *
   * @param output of the network, [B, C, H, W], float32
   * @param xt what it was asked about, [B, C, H, W]
   * @param t steps, [B], int64
   * @return {@code [B, C, H, W]}
   */
  abstract Tensor eps(NoiseSchedule schedule, Tensor output, Tensor xt, Tensor t);

  /**
   * Min-SNR-gamma (Hang et al., 2023): the weight of a step's loss, which in terms of x0 is
   * min(SNR, gamma).
   *
   * @param snr a / (1 - a)
   */
  abstract double minSnrWeight(double snr, double gamma);

  /** The name that scheduler files use, {@code prediction_type}. */
  public String key() {
    return key;
  }

  private static IllegalArgumentException withoutSchedule() {
    return new IllegalArgumentException(
        "prediction: fm on a noise schedule; expected eps, v or x0 there, or straight paths.");
  }

  static Parameterization of(String key) {
    for (Parameterization one : values()) {
      if (one.key.equals(key)) {
        return one;
      }
    }
    return EPS;
  }
}
