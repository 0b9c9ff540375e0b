package io.winnow.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class KidTest {
  private static final RandomStreams STREAMS = RandomStreams.of(9);

  private static Tensor features(int n, int d, String name) {
    return STREAMS.normal(new long[] {n, d}, name);
  }

  @Test
  void ofSubset_isTheUnbiasedEstimatorOfItsRows() {
    try (Scope scope = Scope.open()) {
      Tensor x = features(9, 3, "x");
      Tensor y = features(12, 3, "y").add(new Scalar(0.5));
      int[] rows1 = {8, 0, 3, 5};
      int[] rows2 = {11, 2, 1, 7};
      double plain =
          PlainMetrics.kid(
              PlainMetrics.pick(PlainMetrics.rows(x), rows1),
              PlainMetrics.pick(PlainMetrics.rows(y), rows2));
      assertThat(Kid.ofSubset(x, rows1, y, rows2, Kid.Kernel.USUAL))
          .isCloseTo(plain, within(1e-12));
    }
  }

  /** k(a, b) = (a.b / 2 + 1)^3 by hand: x = (1, 1), (2, 0); y = (0, 0), (0, 2). */
  @Test
  void ofSubset_byHand() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensors.of(new double[] {1, 1, 2, 0}, 2, 2);
      Tensor y = Tensors.of(new double[] {0, 0, 0, 2}, 2, 2);
      int[] both = {0, 1};
      // within x: (2/2 + 1)^3 = 8 twice; within y: 1 twice; across: 1, (2/2 + 1)^3 = 8, 1, 1
      double byHand = (2 * 8 + 2 * 1) / 2.0 - 2 * (1 + 8 + 1 + 1) / 4.0;
      assertThat(Kid.ofSubset(x, both, y, both, Kid.Kernel.USUAL)).isCloseTo(byHand, within(1e-12));
      Kid.Kernel other = new Kid.Kernel(2, 3, 0.5);
      // (3 a.b + 0.5)^2: x 42.25 twice, y 0.25 twice, across 0.25, 42.25, 0.25, 0.25
      double otherByHand = (2 * 42.25 + 2 * 0.25) / 2.0 - 2 * (0.25 * 3 + 42.25) / 4.0;
      assertThat(Kid.ofSubset(x, both, y, both, other)).isCloseTo(otherByHand, within(1e-11));
    }
  }

  @Test
  void of_noMoreRowsThanASubset_isTheWholeSets_once() {
    try (Scope scope = Scope.open()) {
      Tensor x = features(30, 3, "x");
      Tensor y = features(30, 3, "y").add(new Scalar(0.3));
      double plain = PlainMetrics.kid(PlainMetrics.rows(x), PlainMetrics.rows(y));
      Kid.Estimate kid = Kid.of(x, y, STREAMS);
      assertThat(kid.mean()).isCloseTo(plain, within(1e-12));
      assertThat(kid.subsets()).isEqualTo(1);
      assertThat(kid.size()).isEqualTo(30);
      assertThat(kid.std()).isNull();
    }
  }

  @Test
  void of_oneSideNoLargerThanASubset_hasNoInterval() {
    try (Scope scope = Scope.open()) {
      Tensor x = features(12, 3, "x");
      Tensor y = features(40, 3, "y");
      for (Kid.Estimate kid :
          new Kid.Estimate[] {
            Kid.of(x, y, STREAMS, new Kid.Protocol(8, 20)),
            Kid.of(y, x, STREAMS, new Kid.Protocol(8, 12))
          }) {
        assertThat(kid.std()).isNull();
        assertThat(kid.size()).isEqualTo(12);
        assertThat(kid.subsets()).isEqualTo(8);
      }
      assertThat(Kid.of(x, y, STREAMS, new Kid.Protocol(8, 11)).std()).isPositive();
    }
  }

  /** All rows of one side are alike, so that only the other side's subsets can move the value. */
  @Test
  void of_largerSets_drawsAnewOnEitherSide_andForEverySubset() {
    try (Scope scope = Scope.open()) {
      Tensor varied = features(60, 2, "x");
      Tensor same = torch.ones(60, 2);
      Kid.Protocol protocol = new Kid.Protocol(12, 10);
      assertThat(Kid.of(varied, same, STREAMS, protocol).std()).isGreaterThan(1e-3);
      assertThat(Kid.of(same, varied, STREAMS, protocol).std()).isGreaterThan(1e-3);
    }
  }

  /** Were both sides to draw the same rows, every subset would lie below zero. */
  @Test
  void of_aSetAgainstItself_drawsTheSidesIndependently() {
    try (Scope scope = Scope.open()) {
      Tensor x = features(200, 2, "x");
      double[][] rows = PlainMetrics.rows(x);
      double together = 0;
      for (int s = 0; s < 10; s++) {
        double[][] subset = PlainMetrics.pick(rows, IntStream.range(20 * s, 20 * s + 20).toArray());
        together += PlainMetrics.kid(subset, subset) / 10;
      }
      assertThat(Kid.of(x, x, STREAMS, new Kid.Protocol(60, 20)).mean())
          .isGreaterThan(together / 3);
    }
  }

  /** Ten equal rows of twenty: a subset of nineteen without replacement holds nine or ten. */
  @Test
  void of_subsets_areDrawnWithoutReplacement() {
    try (Scope scope = Scope.open()) {
      double[] values = new double[20];
      java.util.Arrays.fill(values, 0, 10, 1);
      Tensor x = Tensors.of(values, 20, 1);
      Tensor zeros = Tensors.of(new double[20], 20, 1);
      double nine = ones(9);
      double ten = ones(10);
      Kid.Estimate kid = Kid.of(x, zeros, STREAMS, new Kid.Protocol(40, 19));
      assertThat(kid.mean()).isStrictlyBetween(nine, ten);
      assertThat(kid.std()).isLessThanOrEqualTo((ten - nine) / 2 + 1e-12);
    }
  }

  private static double ones(int count) {
    double[][] x = new double[19][1];
    for (int i = 0; i < count; i++) {
      x[i][0] = 1;
    }
    return PlainMetrics.kid(x, new double[19][1]);
  }

  @Test
  void of_thePublishedProtocol_is100SubsetsOf1000() {
    assertThat(Kid.Protocol.USUAL).isEqualTo(new Kid.Protocol(100, 1000));
    assertThat(Kid.Kernel.USUAL.degree()).isEqualTo(3);
  }

  @Test
  void of_again_isTheSame_andAnotherSeedDrawsOthers() {
    try (Scope scope = Scope.open()) {
      Tensor x = features(50, 2, "x");
      Tensor y = features(50, 2, "y");
      Kid.Protocol protocol = new Kid.Protocol(5, 10);
      Kid.Estimate once = Kid.of(x, y, STREAMS, protocol);
      assertThat(Kid.of(x, y, STREAMS, protocol)).isEqualTo(once);
      assertThat(Kid.of(x, y, RandomStreams.of(10), protocol)).isNotEqualTo(once);
    }
  }

  @Test
  void ofSubset_withoutAPair_isRejected() {
    try (Scope scope = Scope.open()) {
      Tensor x = features(3, 2, "x");
      assertThatThrownBy(() -> Kid.ofSubset(x, new int[] {0}, x, new int[] {1}, Kid.Kernel.USUAL))
          .hasMessageContaining("subsets of 1 and 1 rows; expected the same number, at least 2");
      assertThatThrownBy(
              () -> Kid.ofSubset(x, new int[] {0, 1, 2}, x, new int[] {1, 2}, Kid.Kernel.USUAL))
          .hasMessageContaining("subsets of 3 and 2 rows");
    }
  }
}
