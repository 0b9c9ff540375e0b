/**
 * Inception-v3 twice: torchvision's, a surrogate encoder, and the one of the Frechet inception
 * distance (section IV of the paper measures with it). They share their blocks and differ in pools
 * and head.
 *
 * <p>Shapes: B batch, C channels, H W pixels, D width of the feature, K classes. May import: {@code
 * nn}, {@code diffusion}, {@code weights}, {@code tensor}, {@code config}, {@code files}.
 */
package io.winnow.model.inception;
