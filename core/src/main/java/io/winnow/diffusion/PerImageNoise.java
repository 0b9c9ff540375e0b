package io.winnow.diffusion;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Noise by image: each image of a batch has its own stream, keyed by the seed and the image's
 * number, so that image i is the same in a batch of 1 and of 400, and in a resumed run.
 *
 * <p>The noise of a step is drawn on the CPU and sent without waiting: a device works on the step's
 * network in the meantime, which was asked before.
 */
public final class PerImageNoise implements StepNoise {
  private final RandomStreams streams;
  private final long[] images;

  /**
   * Noise for one batch.
   *
   * @param images numbers of the batch's images in the whole set of samples, [B]
   */
  public PerImageNoise(RandomStreams streams, long... images) {
    this.streams = streams;
    this.images = images.clone();
  }

  /** x_T: standard normal, [B, C, H, W], float32, on the CPU. */
  public Tensor initial(long channels, long height, long width) {
    TensorVector rows = new TensorVector();
    for (long image : images) {
      rows.push_back(streams.normal(new long[] {channels, height, width}, "sample-initial", image));
    }
    return torch.stack(rows, 0);
  }

  @Override
  public Tensor draw(int step, Tensor like) {
    long[] shape = like.shape();
    if (shape[0] != images.length) {
      throw new IllegalArgumentException(
          "PerImageNoise: a batch of " + shape[0] + ", expected " + images.length + " images");
    }
    TensorVector rows = new TensorVector();
    for (long image : images) {
      rows.push_back(
          streams.normal(new long[] {shape[1], shape[2], shape[3]}, "sample-step", image, step));
    }
    return Tensors.sent(torch.stack(rows, 0), like.device()).to(like.scalar_type());
  }
}
