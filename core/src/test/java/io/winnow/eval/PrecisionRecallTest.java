package io.winnow.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class PrecisionRecallTest {
  private static Tensor features(int n, int d, String name) {
    return RandomStreams.of(9).normal(new long[] {n, d}, name);
  }

  private static Tensor line(double... points) {
    return Tensors.of(points, points.length, 1);
  }

  /**
   * Reference 0, 2, 3, 4 with k = 1: radii 2, 1, 1, 1; generated 1, 5, 9: radii 4, 4, 4.
   *
   * <pre>
   * precision: 1 lies within 0's ball and on 2's border, 5 on 4's border, 9 in none: 2 of 3
   * recall:    0, 2, 3 and 4 lie within 1's ball: 4 of 4
   * density:   strictly inside are 1 in 0's ball alone: 1 ball of 3 points
   * coverage:  0 alone has a point strictly inside: 1 of 4
   * </pre>
   */
  @Test
  void of_pointsOnALine_byHand() {
    try (Scope scope = Scope.open()) {
      assertThat(PrecisionRecall.of(line(0, 2, 3, 4), line(1, 5, 9), 1))
          .isEqualTo(new PrecisionRecall(2 / 3.0, 1, 1 / 3.0, 0.25));
      // -3 lies on the border of 1's ball, -4 outside.
      assertThat(PrecisionRecall.of(line(-3, -4), line(1, 5, 9), 1))
          .isEqualTo(new PrecisionRecall(0, 0.5, 0, 0));
      assertThat(Tensors.doubles(PrecisionRecall.radiiSquared(line(0, 2, 3, 4), 1)))
          .containsExactly(4, 1, 1, 1);
      assertThat(Tensors.doubles(PrecisionRecall.radiiSquared(line(0, 2, 3, 4), 2)))
          .containsExactly(9, 4, 1, 4);
    }
  }

  /** One generated ball covers all of the reference, whose own balls are small. */
  @Test
  void of_aWideSet_recallsAll_andIsPreciseInNothing() {
    try (Scope scope = Scope.open()) {
      PrecisionRecall wide = PrecisionRecall.of(line(0, 1, 2, 3), line(-100, 50, 200), 1);
      assertThat(wide).isEqualTo(new PrecisionRecall(0, 1, 0, 0));
    }
  }

  @Test
  void of_setsOverBlocks_isTheDefinition() {
    try (Scope scope = Scope.open()) {
      Tensor reference = features(2100, 2, "x");
      Tensor generated = features(2070, 2, "y").mul(new Scalar(1.5)).add(new Scalar(0.8));
      double[] plain =
          PlainMetrics.precisionRecall(
              PlainMetrics.rows(reference), PlainMetrics.rows(generated), 2);
      PrecisionRecall ours = PrecisionRecall.of(reference, generated, 2);
      assertThat(ours.precision()).isCloseTo(plain[0], within(1e-9)).isLessThan(ours.recall());
      assertThat(ours.recall()).isCloseTo(plain[1], within(1e-9));
      assertThat(ours.density()).isCloseTo(plain[2], within(1e-9));
      assertThat(ours.coverage()).isCloseTo(plain[3], within(1e-9));
    }
  }

  @Test
  void of_sameSet_isPerfect_farSet_isNothing() {
    try (Scope scope = Scope.open()) {
      Tensor x = features(60, 3, "x");
      PrecisionRecall same = PrecisionRecall.of(x, x, 3);
      assertThat(same.precision()).isEqualTo(1);
      assertThat(same.recall()).isEqualTo(1);
      assertThat(same.coverage()).isEqualTo(1);
      PrecisionRecall far = PrecisionRecall.of(x, x.add(new Scalar(1000.0)), 3);
      assertThat(far).isEqualTo(new PrecisionRecall(0, 0, 0, 0));
    }
  }

  @Test
  void of_tooFewPointsOrAnotherWidth_isRejected() {
    try (Scope scope = Scope.open()) {
      Tensor x = features(60, 3, "x");
      assertThatThrownBy(() -> PrecisionRecall.of(x, features(3, 3, "few"), 3))
          .hasMessageContaining("neighbour 3 of 3 points");
      assertThatThrownBy(() -> PrecisionRecall.of(x, x, 0)).hasMessageContaining("neighbour 0 of");
      assertThatThrownBy(() -> PrecisionRecall.of(x, features(60, 2, "flat"), 3))
          .hasMessageContaining("3 and 2 features");
    }
  }
}
