package io.winnow.optim;

import io.winnow.config.OrNull;

/**
 * The decay of diffusers' {@code EMAModel}, which trains Stable Diffusion: with s = max(0, k - 1 -
 * updateAfterStep) after optimiser step k, b_k is 0 where s is 0, else (1 + s) / (10 + s) or, with
 * warm-up, 1 - (1 + s / invGamma)^-power, at most {@code largest} and at least {@code least}.
 * Source: diffusers, {@code training_utils.py}.
 *
 * @param largest decay in the end
 * @param least decay from the second update on
 * @param updateAfterStep steps that are copied rather than averaged
 * @param warmup null for the rule without
 */
public record EarlyEma(double largest, double least, long updateAfterStep, @OrNull Warmup warmup) {
  /** Constants of the warm-up; 1 and 2/3 are the library's. */
  public record Warmup(double invGamma, double power) {
    public Warmup {
      if (!(invGamma > 0 && power > 0)) {
        throw new IllegalArgumentException(
            "ema warm-up: inv_gamma is "
                + invGamma
                + " and power "
                + power
                + ", but both must be above 0; 1 and 2/3 are common");
      }
    }
  }

  public EarlyEma {
    if (!(largest >= 0 && largest < 1 && least >= 0 && least <= largest && updateAfterStep >= 0)) {
      throw new IllegalArgumentException(
          "ema: decay "
              + largest
              + ", least "
              + least
              + ", update after step "
              + updateAfterStep
              + "; expected 0 <= least <= decay < 1 and a step from 0. 0.9999 is common.");
    }
  }

  /** The defaults of the library. */
  public EarlyEma(double largest) {
    this(largest, 0, 0, null);
  }

  /** b_k of update k = 1, 2, ... */
  public double decay(long k) {
    double s = Math.max(0, k - 1 - updateAfterStep);
    if (s == 0) {
      return 0;
    }
    double early =
        warmup == null
            ? (1 + s) / (10 + s)
            : 1 - Math.pow(1 + s / warmup.invGamma(), -warmup.power());
    return Math.max(Math.min(early, largest), least);
  }
}
