package io.winnow.diffusion;

import org.bytedeco.pytorch.Tensor;

/**
 * One finished step of a sampler. The tensors are the sampler's own: read them within the call or
 * copy them.
 *
 * @param step steps finished so far, from 1
 * @param steps steps in all
 * @param timestep the 0-based time at which the network was asked
 * @param x the batch after this step, [B, C, H, W]
 * @param x0 the prediction of the clean images at this step, after clipping, [B, C, H, W]
 */
public record SampleStep(int step, int steps, int timestep, Tensor x, Tensor x0) {}
