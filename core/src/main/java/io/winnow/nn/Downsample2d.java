package io.winnow.nn;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Half the sides by a strided 3x3 convolution. Source: diffusers, {@code downsampling.py}. */
public final class Downsample2d extends Layer {
  private final Conv2d conv;
  private final boolean padBeforehand;

  /**
   * @param padding 1 on all sides; 0 for one column on the right and one row below instead, as the
   *     peer pads without symmetric padding
   */
  public Downsample2d(int channels, int padding) {
    conv = child("conv", new Conv2d(channels, channels, 3, 2, padding, true));
    padBeforehand = padding == 0;
  }

  /** {@code [B, C, H, W] -> [B, C, ceil(H/2), ceil(W/2)]}; rounded down without padding. */
  public Tensor forward(Tensor h) {
    return conv.forward(padBeforehand ? torch.constant_pad_nd(h, 0, 1, 0, 1) : h);
  }

  public void initAsTorch() {
    conv.initAsTorch();
  }
}
