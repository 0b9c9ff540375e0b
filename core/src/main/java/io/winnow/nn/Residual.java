package io.winnow.nn;

import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** The sum at the end of a residual branch. */
final class Residual {
  private Residual() {}

  /** The divisor as the engine wants it; null stands for 1, which costs nothing. */
  static Scalar scale(double outputScale) {
    return outputScale == 1 ? null : Tensors.constant(outputScale);
  }

  /** {@code (x + branch) / scale}. */
  static Tensor sum(Tensor x, Tensor branch, Scalar scale) {
    Tensor sum = x.add(branch);
    return scale == null ? sum : sum.div(scale);
  }
}
