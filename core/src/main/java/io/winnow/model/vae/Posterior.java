package io.winnow.model.vae;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * The diagonal Gaussian q(z | image) of an autoencoder: its moments are what an image is kept as,
 * its samples are what diffusion is trained on.
 *
 * @param mean [B, Z, H, W]
 * @param logvar log of the variance, clamped to [-30, 20], [B, Z, H, W]
 */
public record Posterior(Tensor mean, Tensor logvar) {
  private static final double LOWEST = -30;
  private static final double HIGHEST = 20;

  /**
   * From what the encoder says.
   *
   * @param moments mean, then log of the variance along the channels, [B, 2 Z, H, W]
   */
  public static Posterior of(Tensor moments) {
    TensorVector halves = moments.chunk(2, 1);
    ScalarOptional low = new ScalarOptional(new Scalar(LOWEST));
    ScalarOptional high = new ScalarOptional(new Scalar(HIGHEST));
    return new Posterior(halves.get(0), halves.get(1).clamp(low, high));
  }

  /** exp(logvar / 2), [B, Z, H, W]. */
  public Tensor std() {
    return logvar.mul(new Scalar(0.5)).exp();
  }

  /**
   * mean + std noise, not scaled.
   *
   * @param noise standard normal, [B, Z, H, W]
   */
  public Tensor sample(Tensor noise) {
    return mean.add(std().mul(noise));
  }

  /** The most likely latent, not scaled: the mean. */
  public Tensor mode() {
    return mean;
  }
}
