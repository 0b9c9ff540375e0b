/**
 * Optimisers, the moving average of weights and the clipping of gradients, over all tensors of a
 * network at once.
 *
 * <p>May import: {@code tensor}, {@code weights}, {@code config}, {@code files}, {@code task}.
 */
package io.winnow.optim;
