/**
 * What the stages of a run hand to each other, with their files: features, the coreset, class
 * weights, metrics, the run's record. A type that is simple JSON reads and writes itself; the other
 * forms stand in classes beside ({@code CoresetFiles}, {@code FeatureFolder}).
 *
 * <p>Every file is written atomically and can be read by other tools. Shape legend: N rows
 * (samples), d width of a feature, K classes. May import: {@code config}, {@code tensor}, {@code
 * weights}, {@code files}.
 */
package io.winnow.artifact;
