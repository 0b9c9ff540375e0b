package io.winnow.diffusion;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Hides labels from a network in training, for classifier-free guidance. */
public final class LabelDropout {
  private LabelDropout() {}

  /**
   * Each label becomes the null class with a probability, independent of everything else.
   *
   * @param y labels, [B], int64
   * @param uniform draws in [0, 1), [B]
   * @return {@code [B]}, int64
   */
  public static Tensor apply(Tensor y, Tensor uniform, double probability, int nullClass) {
    return torch.where(
        uniform.lt(new Scalar(probability)), torch.full_like(y, new Scalar(nullClass)), y);
  }
}
