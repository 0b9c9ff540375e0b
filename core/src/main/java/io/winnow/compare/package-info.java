/**
 * Whether one run, or the runs of one cell over several seeds, is better than another: the ratio of
 * a distance with its interval, a verdict with a stated error rate, and how many seeds a verdict
 * would take. Reads the files of finished runs, never a model.
 *
 * <p>A retraining with another seed moves Frechet distances by a coefficient of variation of 1 to 2
 * % ("The FID Lottery", arXiv 2606.20536), so one seed decides nothing. May import: {@code
 * artifact}, {@code config}, {@code files}.
 */
package io.winnow.compare;
