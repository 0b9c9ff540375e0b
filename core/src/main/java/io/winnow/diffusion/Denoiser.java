package io.winnow.diffusion;

import org.bytedeco.pytorch.Tensor;

/**
 * A network that predicts the noise in a noisy image, or what a {@link Parameterization} makes of
 * it. Extension point: any network can be one.
 */
public interface Denoiser {
  /**
   * Predicts eps, v or x0.
   *
   * @param xt noisy images, [B, C, H, W], float32, in the range of the forward process
   * @param t time steps, 0-based, [B], int64
   * @param y class labels in 0..K-1, or K for "no class", [B], int64; null for an unconditional
   *     network
   * @return the prediction, [B, C, H, W], float32
   */
  Tensor predict(Tensor xt, Tensor t, Tensor y);
}
