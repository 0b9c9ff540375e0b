package io.winnow.forecast;

/**
 * How memory grows with the images that go through the network at once, measured with two numbers
 * of them.
 *
 * @param base bytes without any
 * @param perImage bytes for every image; 0 where no growth was seen
 */
public record MemoryGrowth(double base, double perImage) {
  /**
   * A line through two peaks.
   *
   * @param small images at once
   * @param smallBytes the peak with so many
   * @param large images at once, more than {@code small}
   * @param largeBytes the peak with so many
   */
  public static MemoryGrowth of(int small, long smallBytes, int large, long largeBytes) {
    double perImage =
        small < large ? Math.max(0, (largeBytes - smallBytes) / (double) (large - small)) : 0;
    return new MemoryGrowth(largeBytes - perImage * large, perImage);
  }

  /** The same with something else in memory besides. */
  public MemoryGrowth plus(long bytes) {
    return new MemoryGrowth(base + bytes, perImage);
  }

  /** The peak with so many images at once. */
  public long bytes(int images) {
    return Math.round(base + perImage * images);
  }

  /**
   * The most images at once.
   *
   * @param available bytes that there are
   * @param batch of an update: more than these are never at once
   * @return 0 where not even one fits
   */
  public int largest(long available, int batch) {
    if (perImage == 0) {
      return base <= available ? batch : 0;
    }
    return (int) Math.max(0, Math.min(batch, Math.floor((available - base) / perImage)));
  }
}
