package io.winnow.prune;

import org.bytedeco.pytorch.Tensor;

/** Rows for several threads: one fetches at a time, since a source on disk serves only one. */
record SharedRows(Rows inner) implements Rows {
  @Override
  public int count() {
    return inner.count();
  }

  @Override
  public int dimension() {
    return inner.dimension();
  }

  @Override
  public int[] labels() {
    return inner.labels();
  }

  @Override
  public Tensor gather(int[] rows) {
    synchronized (inner) {
      return inner.gather(rows);
    }
  }

  @Override
  public String describe(int row) {
    return inner.describe(row);
  }
}
