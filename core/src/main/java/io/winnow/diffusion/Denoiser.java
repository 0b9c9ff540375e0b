package io.winnow.diffusion;

import org.bytedeco.pytorch.Tensor;

/**
 * A network that predicts the noise in a noisy image, or what a {@link Parameterization} makes of
 * it. Extension point: any network can be one.
 */
public interface Denoiser {
  /**
   * Predicts eps, v, x0 or the velocity, float32 or the precision of an autocast region.
   *
   * @param xt noisy images, [B, C, H, W], float32, in the range of the forward process
   * @param t time steps, 0-based, [B], int64
   * @param condition what the network is told about them; {@link Condition#none} for an
   *     unconditional one
   */
  Prediction predict(Tensor xt, Tensor t, Condition condition);
}
