package io.winnow.diffusion;

import io.winnow.tensor.RandomStreams;
import org.bytedeco.pytorch.Tensor;

/**
 * What one pass through a network is asked in training, and what its answer costs. Extension point:
 * {@code Objective} on a noise schedule, {@code HybridObjective} with a learnt variance, {@code
 * FlowObjective} on straight paths.
 */
public interface DenoisingLoss {
  /**
   * Times of one batch, on the CPU, [B]: a pure function of (seed, step).
   *
   * @param batch B
   */
  Tensor times(RandomStreams random, long step, long batch);

  /**
   * The forward process.
   *
   * @param x0 clean images or latents, [B, C, H, W], float32
   * @param condition of the images
   * @param t of {@link #times}, beside the images, [B]
   * @param eps standard normal noise, [B, C, H, W]
   */
  Noised noised(Tensor x0, Condition condition, Tensor t, Tensor eps);

  /**
   * The loss of every sample.
   *
   * @param output what a network said about the noisy images, [B, C or 2 C, H, W]
   * @return {@code [B]}, float32
   */
  Tensor loss(Tensor output, Noised noised);

  /** What it is, in words: a checkpoint made under another one is refused. */
  String identity();
}
