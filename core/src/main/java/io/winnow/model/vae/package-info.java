/**
 * The autoencoder of latent diffusion (Rombach et al., 2022; diffusers' AutoencoderKL): images to a
 * Gaussian over latents and latents to images.
 *
 * <p>Shapes: B batch, C channels, H W pixels, Z latent channels, f the reduction factor. May
 * import: {@code nn}, {@code diffusion}, {@code weights}, {@code tensor}, {@code config}, {@code
 * files}.
 */
package io.winnow.model.vae;
