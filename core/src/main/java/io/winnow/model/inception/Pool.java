package io.winnow.model.inception;

import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The 3x3 pool with stride 1 and padding 1 before a block's pool branch. */
enum Pool {
  /** The mean of nine values, the padding's zeros among them: torchvision. */
  AVERAGE_WITH_PADDING,
  /** The mean of the values inside the picture: the FID network. */
  AVERAGE_INSIDE,
  /** The maximum: the last block of the FID network. */
  MAX;

  private static final long[] THREE = {3, 3};
  private static final long[] ONE = {1, 1};
  private static final long[] TWO = {2, 2};
  private static final long[] NONE = {0, 0};

  /** Keeps the size: [B, C, H, W]. */
  Tensor forward(Tensor x) {
    return this == MAX
        ? torch.max_pool2d(x, THREE, ONE, ONE, ONE, false)
        : torch.avg_pool2d(
            x, THREE, ONE, ONE, false, this == AVERAGE_WITH_PADDING, new LongOptional());
  }

  /** The 3x3 maximum with stride 2 and without padding: [B, C, (H-1)/2, (W-1)/2]. */
  static Tensor halve(Tensor x) {
    return torch.max_pool2d(x, THREE, TWO, NONE, ONE, false);
  }
}
