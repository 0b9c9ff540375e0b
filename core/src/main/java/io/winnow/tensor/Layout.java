package io.winnow.tensor;

import java.util.Locale;

/**
 * How images and 4-D weights lie in memory, and how group norms work on them.
 *
 * <p>The engine's CUDA kernel for group norms (2.10) takes and gives NCHW alone, so that beside
 * channels-last convolutions each of them copies its input twice; the tensor cores' convolutions
 * want channels-last. {@link #CHANNELS_LAST_SUMS} is the form without a copy, and therefore that of
 * {@code auto} on CUDA. Which is fastest was not measured on a GPU.
 */
public enum Layout {
  /** Rows of pixels, channel by channel. */
  NCHW,
  /** All channels of a pixel side by side; norms by the engine's kernels. */
  CHANNELS_LAST,
  /** The same; norms by the sums over the pixels of each channel, on any device. */
  CHANNELS_LAST_SUMS;

  /** What {@code auto} is on a device: the one place where that is decided. */
  static Layout auto(boolean cuda) {
    return cuda ? CHANNELS_LAST_SUMS : CHANNELS_LAST;
  }

  /** The layout of a name in a recipe, {@code nchw}, {@code channels-last} ... */
  static Layout named(String name, boolean cuda) {
    return name.equals(ComputeConfig.AUTO)
        ? auto(cuda)
        : valueOf(name.replace('-', '_').toUpperCase(Locale.ROOT));
  }

  /** The name in a recipe. */
  String key() {
    return name().replace('_', '-').toLowerCase(Locale.ROOT);
  }

  /** Whether the channels of a pixel lie side by side. */
  public boolean channelsLast() {
    return this != NCHW;
  }
}
