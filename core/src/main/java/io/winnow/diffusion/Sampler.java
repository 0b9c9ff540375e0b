package io.winnow.diffusion;

import org.bytedeco.pytorch.Tensor;

/** Turns noise into images by asking a denoiser again and again. Extension point. */
public interface Sampler {
  /**
   * Samples one batch. Draws no gradients; the network should be in evaluation mode.
   *
   * @param denoiser the network, guided or not
   * @param xT standard normal noise, [B, C, H, W], float32; left as it is
   * @param condition what the network is told about the images
   * @param noise the z of stochastic steps; {@link StepNoise#none} where there are none
   * @return samples, [B, C, H, W], float32, about [-1, 1]; the caller's scope owns them
   */
  Tensor sample(
      Denoiser denoiser, Tensor xT, Condition condition, StepNoise noise, SampleListener listener);

  /** The 0-based times at which the network is asked, in order. */
  int[] timesteps();
}
