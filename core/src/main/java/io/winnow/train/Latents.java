package io.winnow.train;

import io.winnow.artifact.LatentMoments;
import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Latents of images, by the moments that an autoencoder gave them: x0 = factor (mean + exp(logvar /
 * 2) noise), with noise that is drawn anew in every step (mdt.md, section 10). A mirrored sample
 * has the moments of the mirror image: an encoder does not commute with mirroring.
 */
public final class Latents implements SampleSource {
  private static final Scalar HALF = Tensors.constant(0.5);

  private final LatentMoments moments;
  private final int[] labels;
  private final Scalar factor;

  /**
   * @param moments stay the caller's to close
   * @param labels of the images, [N]
   */
  public Latents(LatentMoments moments, int[] labels) {
    if (labels.length != moments.index().count()) {
      throw new IllegalArgumentException(
          "latents: %d labels for the latents of %d images; expected one for each"
              .formatted(labels.length, moments.index().count()));
    }
    this.moments = moments;
    this.labels = labels.clone();
    this.factor = Tensors.constant(moments.index().scalingFactor());
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public int[] labels() {
    return labels.clone();
  }

  @Override
  public long[] shape(int count) {
    LatentMoments.Index index = moments.index();
    return new long[] {count, index.channels(), index.height(), index.width()};
  }

  @Override
  public boolean slow() {
    return false;
  }

  /** Moments of every view, [B, V, 2, Z, H, W]. */
  @Override
  public Tensor batch(int[] indices) {
    return moments.gather(indices);
  }

  /** The view that is wanted alone, [B, 1, 2, Z, H, W]. */
  @Override
  public Tensor mirrored(Tensor stored, Tensor which) {
    if (stored.size(1) < 2) {
      throw new IllegalArgumentException(
          "latents: no moments of mirror images, but train.flip is true; expected both. Encode the"
              + " images again, or set train.flip: false.");
    }
    Tensor mirror = which.view(-1, 1, 1, 1, 1, 1); // [B, 1, 1, 1, 1, 1]
    return torch.where(mirror, stored.narrow(1, 1, 1), stored.narrow(1, 0, 1));
  }

  /** A latent of every posterior, not scaled, [B, Z, H, W]. */
  @Override
  public Tensor drawn(Tensor stored, RandomStreams random, long step) {
    Tensor view = stored.select(1, 0); // [B, 2, Z, H, W]
    Tensor mean = view.select(1, 0); // [B, Z, H, W]
    Tensor std = view.select(1, 1).mul(HALF).exp(); // [B, Z, H, W]
    return mean.add(std.mul(random.normal(mean.shape(), "train.posterior", step)));
  }

  @Override
  public Tensor x0(Tensor stored, Compute compute) {
    return compute.images(stored).mul(factor);
  }
}
