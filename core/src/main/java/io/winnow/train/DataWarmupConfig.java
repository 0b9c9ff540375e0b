package io.winnow.train;

import io.winnow.config.Check;

/**
 * The {@code train.dataWarmup} part of a recipe: training begins with simple images and comes to
 * draw all alike ("Data Warmup", arXiv 2604.07397).
 *
 * @param share of the updates, those before annealing's switch, that the warm-up lasts, in (0, 1]
 * @param temperature at the beginning, above 0, of ranks in [0, 1]: smaller ones keep closer to the
 *     simplest images
 * @param simple which scores of the manifest are those of simple images
 */
public record DataWarmupConfig(double share, double temperature, Simple simple) {
  /** Which end of the scores is simple. */
  public enum Simple {
    /** Small distances, small losses. */
    LOW,
    /** Large densities. */
    HIGH
  }

  public DataWarmupConfig {
    Check.that(
        share > 0 && share <= 1,
        "share is %s, but must be in (0, 1], the share of the updates that the warm-up lasts.",
        share);
    Check.that(
        temperature > 0 && temperature < Double.POSITIVE_INFINITY,
        "temperature is %s, but must be above 0; 0.2 has half of the first draws from the simplest"
            + " 14 %% of the images.",
        temperature);
  }
}
