/**
 * Data sets, images, batches and transforms: what is trained on, pruned and measured. A subset is a
 * data set seen through a list of indices (section III of the paper prunes data sets; section IV
 * uses CIFAR-10).
 *
 * <p>Shapes: B batch, N samples, C channels (3, red green blue), H W pixels, S side of a square
 * network input, K classes. May import: {@code artifact}, {@code weights}, {@code tensor}, {@code
 * config}, {@code files}, {@code task}.
 */
package io.winnow.data;
