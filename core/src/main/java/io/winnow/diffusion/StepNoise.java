package io.winnow.diffusion;

import org.bytedeco.pytorch.Tensor;

/** The standard normal z that a sampler adds, step by step. */
@FunctionalInterface
public interface StepNoise {
  /**
   * Noise of one step.
   *
   * @param step number of the sampler's step, from 0
   * @param like the batch it is added to, [B, C, H, W]
   * @return z, same shape, type and device as {@code like}
   */
  Tensor draw(int step, Tensor like);

  /** For deterministic samplers. */
  static StepNoise none() {
    return (step, like) -> {
      throw new IllegalStateException(
          "sampler step " + step + " draws noise, but was given none. Use a PerImageNoise.");
    };
  }
}
