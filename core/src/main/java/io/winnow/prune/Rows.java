package io.winnow.prune;

import org.bytedeco.pytorch.Tensor;

/**
 * What a score is computed from: N feature vectors of d values with a label each. Rows are fetched
 * by index, so that a scorer can walk class by class through features that do not fit in memory.
 */
public interface Rows {
  /** N. */
  int count();

  /** d. */
  int dimension();

  /** The label of every row; values need not be contiguous. */
  int[] labels(); // [N]

  /**
   * Fetches rows.
   *
   * @return [n, d], float32 or float64, on the CPU; the caller's scope owns it and may change it
   */
  Tensor gather(int[] rows);

  /** How an error names a row. */
  default String describe(int row) {
    return "row " + row;
  }
}
