package io.winnow.train;

import io.winnow.config.Check;

/**
 * The {@code train.infobatch} part of a recipe: InfoBatch (Qin et al., 2024), the dynamic pruning
 * that the paper compares annealing with.
 *
 * @param ratio share of the well-learned images that an epoch leaves out, in (0, 1); 0.5 as
 *     published
 * @param delta share of the run that prunes, in (0, 1]; everything is visited after it
 * @param ema weight of an image's newest loss in its score, in (0, 1]; 1 takes the loss itself, as
 *     published
 */
public record InfoBatchConfig(double ratio, double delta, double ema) {
  /** The least share of the well-learned images that is kept. */
  private static final double LEAST = 0.1;

  public InfoBatchConfig {
    Check.that(
        ratio > 0 && ratio < 1,
        "ratio is %s, but must be in (0, 1), the share of well-learned images that an epoch leaves"
            + " out; 0.5 is the published one.",
        ratio);
    Check.that(
        delta > 0 && delta <= 1,
        "delta is %s, but must be in (0, 1], the share of the run that prunes; 0.875 is the"
            + " published one.",
        delta);
    Check.that(
        ema > 0 && ema <= 1,
        "ema is %s, but must be in (0, 1], the weight of the newest loss; 1 is the published one.",
        ema);
  }

  /** Share of the well-learned images that an epoch visits. */
  double keep() {
    return Math.min(1, Math.max(LEAST, 1 - ratio));
  }
}
