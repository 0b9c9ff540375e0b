/**
 * The towers of CLIP (Radford et al., 2021): the ResNet form, a surrogate encoder of the paper
 * (section II-A), the vision transformer that CMMD measures with, and the text transformer with its
 * tokenizer, whose states are what Stable Diffusion is told.
 *
 * <p>Shapes: B batch, C channels, H W pixels or cells of a feature map, N tokens, D width, P width
 * of the embedding. May import: {@code nn}, {@code diffusion}, {@code weights}, {@code tensor},
 * {@code config}, {@code files}.
 */
package io.winnow.model.clip;
