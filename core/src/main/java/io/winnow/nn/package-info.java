/**
 * Layers shared by two or more architectures, over the engine's functional calls.
 *
 * <p>Shapes: B batch, C channels, H W pixels or latent cells, N tokens, D width. May import: {@code
 * tensor}, {@code weights}, {@code config}, {@code files}.
 */
package io.winnow.nn;
