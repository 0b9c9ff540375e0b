/**
 * Evaluation of images, features or statistics, with and without a run: what is encoded, compared
 * and stated, over the numbers of {@code eval}.
 *
 * <p>May import: {@code encode}, {@code eval}, {@code data}, {@code artifact} and everything below
 * them.
 */
package io.winnow.evaluate;
