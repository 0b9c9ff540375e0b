/**
 * What the stages of a run hand to each other, each a type that reads and writes its own files:
 * features, the coreset, class weights, metrics, the run's record.
 *
 * <p>Every file is written atomically and can be read by other tools. Shape legend: N rows
 * (samples), d width of a feature, K classes. May import: {@code config}, {@code tensor}, {@code
 * weights}, {@code files}.
 */
package io.winnow.artifact;
