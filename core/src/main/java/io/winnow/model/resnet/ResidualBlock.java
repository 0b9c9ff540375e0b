package io.winnow.model.resnet;

import org.bytedeco.pytorch.Tensor;

/** One block of a residual network: its branch plus a shortcut. */
interface ResidualBlock {
  /** From [B, C, H, W] to [B, D, H / stride, W / stride]; the input is left as it is. */
  Tensor forward(Tensor x);

  /** D, the channels of the output. */
  int channels();
}
