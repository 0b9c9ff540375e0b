/**
 * How good samples are: distances between sets of features, and what the evaluators of the field
 * report (section IV of the paper). All arithmetic is float64 on features of any precision.
 *
 * <p>Shapes: N rows of a set, n rows of a block, d values per feature vector, C classes of a
 * classifier. May import: {@code tensor}, {@code weights}, {@code config}, {@code files}, {@code
 * task}.
 */
package io.winnow.eval;
