package io.winnow.prune;

import org.bytedeco.pytorch.Tensor;

/** Samples for a selection that draws and looks at no feature. */
public final class LabelsOnly implements Rows {
  private final int[] labels;

  public LabelsOnly(int[] labels) {
    this.labels = labels;
  }

  @Override
  public int count() {
    return labels.length;
  }

  @Override
  public int dimension() {
    return 0;
  }

  @Override
  public int[] labels() {
    return labels.clone();
  }

  @Override
  public Tensor gather(int[] rows) {
    throw new IllegalStateException("uniform selection reads no features");
  }
}
