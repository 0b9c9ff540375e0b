/**
 * The training loop: optimiser, warm-up, gradient clip, moving average of the weights, annealing,
 * checkpoints and exact resume (section III of the paper; the settings of its DDPM experiments).
 *
 * <p>Shapes: B batch, C channels, H W pixels, K groups (classes), N images of the data set. May
 * import: {@code diffusion}, {@code optim}, {@code data}, {@code artifact}, {@code tensor}, {@code
 * weights}, {@code config}, {@code files}, {@code task}. A network is a {@link
 * io.winnow.diffusion.Denoiser} that is {@link io.winnow.tensor.Parameterized}; which one it is
 * stays unknown here.
 */
package io.winnow.train;
