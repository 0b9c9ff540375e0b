package io.winnow.tensor;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Euclidean distances between the rows of two blocks. */
public final class Distances {
  private static final Scalar MINUS_TWO = Tensors.constant(-2);
  private static final Scalar ZERO = Tensors.constant(0);

  private Distances() {}

  /**
   * Squared distances by one matrix product, |a|^2 + |b|^2 - 2 ab, never negative. Digits are lost
   * where a distance is small beside the norms: centre the rows first, and take an exact difference
   * where a small distance itself is the result.
   *
   * @param a [n, d], float64
   * @param b [m, d], float64
   * @return [n, m], float64
   */
  public static Tensor squared(Tensor a, Tensor b) {
    try (Scope scope = Scope.open()) {
      Tensor a2 = a.square().sum(1).unsqueeze(1); // [n, 1]
      Tensor b2 = b.square().sum(1); // [m]
      Tensor product = a.mm(b.t()).mul_(MINUS_TWO); // [n, m]
      return scope.keep(product.add_(a2).add_(b2).clamp_min_(ZERO));
    }
  }
}
