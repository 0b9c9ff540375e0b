package io.winnow.eval;

import org.bytedeco.pytorch.Tensor;

/** Features of a set with a class each, taken part by part: the set may be larger than memory. */
public interface LabelledRows {
  /** d, values per row. */
  int dimension();

  /** Class of every row, [N]; negative for none. */
  int[] labels();

  /** The rows at some positions, [n, d], any real dtype; the caller's scope owns it. */
  Tensor gather(int[] positions);
}
