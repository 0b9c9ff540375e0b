package io.winnow.model.inception;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** One mixed block: branches over the same input, joined on channels in a fixed order. */
interface Block {
  /** From [B, C, H, W] to the block's [B, D, H', W']. */
  Tensor forward(Tensor x);

  /** Branches side by side, on channels. */
  static Tensor joined(Tensor... branches) {
    return torch.cat(new TensorVector(branches), 1);
  }
}
