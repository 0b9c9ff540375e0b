package io.winnow.model.resnet;

/** How a block's input reaches its output where the shape changes (He et al. 2016, section 3.3). */
enum Shortcut {
  /** A 1x1 convolution with stride and a batch norm: {@code downsample.0} and {@code .1}. */
  PROJECTION,
  /** Every second row and column, and zeros for the new channels, half on each side: "option A". */
  ZERO_PADDED
}
