/**
 * One self-contained page about a run: tables and charts made from its artifacts, among them the
 * class-wise distances of the paper's Fig. 2. Never opens a model, fetches nothing.
 *
 * <p>A panel whose artifact is not in the run folder is left out and listed as such. May import:
 * {@code artifact}, {@code config}, {@code files}.
 */
package io.winnow.report;
