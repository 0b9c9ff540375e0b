/**
 * Which images to keep: scores over features, and rules that select from scores (section III-B of
 * the paper).
 *
 * <p>Shapes: N rows of the whole set, n rows of a block, m rows of a group, d values per feature
 * vector, K classes. Scores are float64. May import: {@code artifact}, {@code tensor}, {@code
 * weights}, {@code config}, {@code files}, {@code task}.
 */
package io.winnow.prune;
