package io.winnow.forecast;

import io.winnow.config.Check;

/**
 * What a stage has to do, counted and not measured.
 *
 * @param units what its cost is counted in beside images: updates of a training, batches of an
 *     encoder, sampler steps of images
 * @param images that go through it, as {@code run.json} counts them
 */
public record Work(long units, long images) {
  /** Of a stage that does nothing that could be counted. */
  public static final Work NONE = new Work(0, 0);

  public Work {
    Check.that(
        units >= 0 && images >= 0,
        "%s units and %s images, but expected 0 or more.",
        units,
        images);
  }
}
