package io.winnow.train;

import io.winnow.data.DecodedImages;
import io.winnow.data.ImageSource;
import io.winnow.tensor.Compute;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Images of bytes, [B, C, H, W], uint8; x0 = 2 (p / 255) - 1. */
public final class Pictures implements SampleSource {
  private static final Scalar WHITE = Tensors.constant(255);
  private static final Scalar TWO = Tensors.constant(2);
  private static final Scalar ONE = Tensors.constant(1);

  private final ImageSource images;

  public Pictures(ImageSource images) {
    this.images = images;
  }

  @Override
  public int size() {
    return images.size();
  }

  @Override
  public int[] labels() {
    return images.labels();
  }

  @Override
  public long[] shape(int count) {
    return new long[] {count, images.channels(), images.height(), images.width()};
  }

  @Override
  public boolean slow() {
    return !(images instanceof DecodedImages);
  }

  @Override
  public Tensor batch(int[] indices) {
    return images.batch(indices);
  }

  @Override
  public Tensor mirrored(Tensor stored, Tensor which) {
    return torch.where(which.view(-1, 1, 1, 1), stored.flip(3), stored);
  }

  @Override
  public Tensor x0(Tensor stored, Compute compute) {
    Tensor x0 = compute.images(stored.to(torch.ScalarType.Float));
    return x0.div_(WHITE).mul_(TWO).sub_(ONE);
  }
}
