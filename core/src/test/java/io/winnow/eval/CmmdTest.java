package io.winnow.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class CmmdTest {
  private static Tensor features(int n, int d, String name) {
    return RandomStreams.of(9).normal(new long[] {n, d}, name);
  }

  /** Points 0 and 20 against 0: squared distance 400, k = exp(-400 / 200). */
  @Test
  void of_twoPointsAgainstOne_byHand() {
    try (Scope scope = Scope.open()) {
      double k = Math.exp(-2);
      double byHand = 1000 * ((2 + 2 * k) / 4 + 1 - 2 * (1 + k) / 2);
      Tensor two = Tensors.of(new double[] {0, 20}, 2, 1);
      Tensor one = Tensors.of(new double[] {0}, 1, 1);
      assertThat(Cmmd.of(two, one)).isCloseTo(byHand, within(1e-9));
      assertThat(Cmmd.of(one, two)).isCloseTo(byHand, within(1e-9));
      double wide = Math.exp(-8); // width 5
      assertThat(Cmmd.of(two, one, 5, 10))
          .isCloseTo(10 * ((2 + 2 * wide) / 4 + 1 - (1 + wide)), within(1e-11));
    }
  }

  @Test
  void of_aSetWithItself_isZero() {
    try (Scope scope = Scope.open()) {
      Tensor x = features(2100, 3, "x"); // more than one block
      assertThat(Cmmd.of(x, x)).isCloseTo(0, within(1e-9));
    }
  }

  @Test
  void of_setsOverBlocks_isTheFormula_andDoesNotNormalise() {
    try (Scope scope = Scope.open()) {
      Tensor x = features(2060, 2, "x");
      Tensor y = features(30, 2, "y").add(new Scalar(1.0));
      double direct = 1000 * (kernel(x, x) + kernel(y, y) - 2 * kernel(x, y));
      assertThat(Cmmd.of(x, y)).isCloseTo(direct, within(1e-9));
      assertThat(Cmmd.of(y, x)).isCloseTo(direct, within(1e-9));
    }
  }

  private static double kernel(Tensor x, Tensor y) {
    return torch
        .cdist(x.to(torch.ScalarType.Double), y.to(torch.ScalarType.Double))
        .square()
        .mul(new Scalar(-1 / 200.0))
        .exp()
        .mean()
        .item_double();
  }

  /** In float32 the kernel of unit vectors this close would keep no digit of the value. */
  @Test
  void of_unitVectorsCloseBy_keepsItsDigits() {
    try (Scope scope = Scope.open()) {
      Tensor x = features(40, 4, "x").mul(new Scalar(1e-3)).add(new Scalar(0.5));
      Tensor y = features(30, 4, "y").mul(new Scalar(1e-3)).add(new Scalar(0.5));
      Tensor u = unit(x);
      Tensor v = unit(y);
      double plain = PlainMetrics.cmmd(PlainMetrics.rows(u), PlainMetrics.rows(v));
      assertThat(plain).isBetween(1e-8, 1e-4);
      assertThat(Cmmd.of(u, v)).isCloseTo(plain, within(1e-11));
    }
  }

  private static Tensor unit(Tensor x) {
    Tensor wide = x.to(torch.ScalarType.Double);
    return wide.div(wide.square().sum(1).sqrt().unsqueeze(1));
  }

  @Test
  void of_anotherWidthOrNothing_isRejected() {
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(() -> Cmmd.of(features(4, 2, "x"), features(4, 3, "y")))
          .hasMessageContaining("shape [4, 2] and [4, 3]");
      assertThatThrownBy(() -> Cmmd.of(features(4, 2, "x"), torch.zeros(0, 2)))
          .hasMessageContaining("at least one row");
    }
  }
}
