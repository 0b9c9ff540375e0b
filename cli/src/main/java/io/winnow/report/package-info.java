/**
 * Self-contained pages: of a run, tables and charts made from its artifacts, among them the
 * class-wise distances of the paper's Fig. 2; of runs side by side, with the verdict of {@code
 * compare}; of metrics without a run; of a sweep's table. Never opens a model, fetches nothing.
 *
 * <p>A panel whose artifact is not in the run folder is left out and listed as such. May import:
 * {@code artifact}, {@code compare}, {@code config}, {@code files}.
 */
package io.winnow.report;
