package io.winnow.prune;

import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.Scope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Rows scaled to unit length, so that products are cosines; a row of zeros stays one. */
record UnitRows(Rows inner) implements Rows {
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
    try (Scope scope = Scope.open()) {
      return scope.keep(unit(inner.gather(rows)));
    }
  }

  @Override
  public String describe(int row) {
    return inner.describe(row);
  }

  /** Rows of unit length in their own precision; lengths are taken in float64. */
  private static Tensor unit(Tensor rows) {
    Tensor wide = LinearAlgebra.float64(rows); // [n, d]
    Tensor lengths = wide.square().sum(1).sqrt_().unsqueeze(1); // [n, 1]
    return wide.div(lengths.clamp_min(new Scalar(Double.MIN_NORMAL))).to(rows.scalar_type());
  }
}
