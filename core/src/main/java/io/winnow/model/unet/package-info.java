/**
 * The pixel-space diffusion U-Net (diffusers' UNet2DModel) and its configuration: the network of
 * the paper's CIFAR-10 experiments (section IV).
 *
 * <p>Shapes: B batch, C channels, H W pixels or cells of a level, N tokens (H W), D width of the
 * time embedding, L levels. May import: {@code nn}, {@code diffusion}, {@code weights}, {@code
 * tensor}, {@code config}, {@code files}.
 */
package io.winnow.model.unet;
