/**
 * Networks, one sub-package per architecture (the surrogate encoders of section II-A and the
 * diffusion models of section IV of the paper); here what they have in common, the recipe's {@code
 * model} section and the checkpoint folders of diffusion models.
 *
 * <p>Shapes: B batch, H W pixels, D width of the feature, K classes. May import: {@code nn}, {@code
 * diffusion}, {@code weights}, {@code tensor}, {@code config}, {@code files}.
 */
package io.winnow.model;
