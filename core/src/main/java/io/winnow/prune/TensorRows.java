package io.winnow.prune;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Shapes;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/** Rows of a tensor in memory. */
public final class TensorRows implements Rows {
  private final Tensor features; // [N, d]
  private final int[] labels;

  /**
   * Wraps what is in memory.
   *
   * @param features [N, d], float32 or float64, CPU; must outlive the result
   * @param labels one per row
   */
  public TensorRows(Tensor features, int[] labels) {
    Shapes.require(features, "Rows features", labels.length, Shapes.ANY);
    this.features = features;
    this.labels = labels;
  }

  @Override
  public int count() {
    return labels.length;
  }

  @Override
  public int dimension() {
    return Math.toIntExact(features.size(1));
  }

  @Override
  public int[] labels() {
    return labels;
  }

  @Override
  public Tensor gather(int[] rows) {
    try (Scope scope = Scope.open()) {
      return scope.keep(features.index_select(0, Tensors.ofInts(rows)));
    }
  }
}
