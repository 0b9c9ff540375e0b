package io.winnow.data;

import org.bytedeco.pytorch.Tensor;

/** Training images of one size, ready to be batched. Safe for use by several threads at once. */
public interface ImageSource {
  /** How many images. */
  int size();

  int channels();

  int height();

  int width();

  /** A copy of the labels, [N]. */
  int[] labels();

  /**
   * Gathers images.
   *
   * @param indices of the images wanted, repeats allowed, [B]
   * @return [B, 3, H, W], uint8, CPU; belongs to the caller's scope
   */
  Tensor batch(int[] indices);
}
