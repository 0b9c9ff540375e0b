/**
 * Stable Diffusion as a whole: the pipeline folder of diffusers in and out, prompts to states, and
 * text to images. Versions 1 and 2 are of this form.
 *
 * <p>Shapes: B batch, Z latent channels, H W cells of a latent, f the autoencoder's factor, N
 * tokens, E width of a token's state. May import: {@code model}'s other packages, {@code nn},
 * {@code diffusion}, {@code weights}, {@code tensor}, {@code config}, {@code files}.
 */
package io.winnow.model.sd;
