/**
 * Masked diffusion transformers (Gao et al., 2023), versions 1 and 2, under the names of the
 * published weights. Source: sail-sg/MDT, branches mdtv1 and main, {@code masked_diffusion}.
 *
 * <p>Shapes: B batch, C channels, H W pixels or latent cells, L tokens of an image, N tokens of a
 * pass (L, or those kept), D width. May import: {@code nn}, {@code diffusion}, {@code tensor},
 * {@code weights}, {@code config}, {@code files}.
 */
package io.winnow.model.mdt;
