/**
 * Noise schedules, forward process, objectives, guidance and samplers (sections II and III-A of the
 * paper). Knows a {@link io.winnow.diffusion.Denoiser} and no network.
 *
 * <p>Shapes: B batch, C channels, H W pixels, T time steps. May import: {@code tensor}, {@code
 * weights}, {@code config}, {@code files}.
 */
package io.winnow.diffusion;
