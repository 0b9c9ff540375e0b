/**
 * The vision transformer of DINOv2 (Oquab et al., 2023), an encoder beyond the paper's: features
 * for selection and for the Frechet distance that dgm-eval recommends.
 *
 * <p>Shapes: B batch, H W pixels, N tokens, D width. May import: {@code nn}, {@code diffusion},
 * {@code weights}, {@code tensor}, {@code config}, {@code files}.
 */
package io.winnow.model.dinov2;
