package io.winnow.forecast;

import io.winnow.config.Check;

/**
 * The largest micro-batch of the model's training that fits.
 *
 * @param batch images of an update
 * @param images at once as the recipe has it
 * @param bytes the peak of that
 * @param availableBytes that there are for a training
 * @param largest images at once that fit into {@link #SHARE} of them, at most {@code batch}; 0
 *     where not even one does
 */
public record MicroBatch(int batch, int images, long bytes, long availableBytes, int largest) {
  /** The rest stays free: an allocator does not hand out everything, and others are at work. */
  public static final double SHARE = 0.9;

  public MicroBatch {
    Check.that(
        images >= 1 && images <= batch, "%s images at once of a batch of %s.", images, batch);
  }

  /** From measured growth. */
  public static MicroBatch of(MemoryGrowth growth, int batch, int images, long availableBytes) {
    long usable = (long) (SHARE * availableBytes);
    return new MicroBatch(
        batch, images, growth.bytes(images), availableBytes, growth.largest(usable, batch));
  }
}
