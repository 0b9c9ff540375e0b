package io.winnow.prune;

import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.Moments;
import io.winnow.tensor.Scope;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Rows projected on the leading principal directions of the whole set: mean removed, no scaling.
 * The sign of a direction is free. Its tensors belong to the scope in which it was made.
 */
public final class PcaRows implements Rows {
  private final Rows inner;
  private final Tensor mean; // [d]
  private final Tensor directions; // [d, r]
  private final Tensor variances; // [r]

  private PcaRows(Rows inner, Tensor mean, Tensor directions, Tensor variances) {
    this.inner = inner;
    this.mean = mean;
    this.directions = directions;
    this.variances = variances;
  }

  /**
   * Finds the directions with one pass over the rows.
   *
   * @param r directions to keep, at most d and at most N
   */
  public static PcaRows of(Rows rows, int r) {
    int d = rows.dimension();
    if (r < 1 || r > Math.min(d, rows.count())) {
      throw new IllegalArgumentException(
          String.format(
              "prune.pca: %d directions from %d rows of %d features; expected 1 to %d.",
              r, rows.count(), d, Math.min(d, rows.count())));
    }
    try (Scope scope = Scope.open();
        Moments moments = Blocks.moments(rows, Group.whole(rows.count()).get(0).rows())) {
      T_TensorTensor_T eigen =
          torch.linalg_eigh(moments.covariance(Math.max(1, moments.count() - 1)));
      Tensor values = eigen.get0().narrow(0, d - r, r).flip(0).contiguous(); // descending
      Tensor vectors = eigen.get1().narrow(1, d - r, r).flip(1).contiguous();
      return new PcaRows(rows, scope.keep(moments.mean()), scope.keep(vectors), scope.keep(values));
    }
  }

  /** Variances along the directions, descending, divisor N - 1, [r], float64. */
  public Tensor variances() {
    return variances;
  }

  @Override
  public int count() {
    return inner.count();
  }

  @Override
  public int dimension() {
    return Math.toIntExact(directions.size(1));
  }

  @Override
  public int[] labels() {
    return inner.labels();
  }

  @Override
  public Tensor gather(int[] rows) {
    try (Scope scope = Scope.open()) {
      Tensor centred = LinearAlgebra.float64(inner.gather(rows)).sub(mean); // [n, d]
      return scope.keep(centred.mm(directions)); // [n, r]
    }
  }

  @Override
  public String describe(int row) {
    return inner.describe(row);
  }
}
