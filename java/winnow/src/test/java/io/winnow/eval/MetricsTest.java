package io.winnow.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** Laws of the metrics that are not Frechet distances. */
class MetricsTest {
  private static final RandomStreams STREAMS = RandomStreams.of(9);

  private static Tensor features(int n, int d, String name) {
    return STREAMS.normal(new long[] {n, d}, name);
  }

  @Test
  void cmmd_ofASetWithItself_isZero() {
    try (Scope scope = Scope.open()) {
      Tensor x = features(2100, 3, "x"); // more than one block
      assertThat(Cmmd.of(x, x)).isCloseTo(0, within(1e-9));
    }
  }

  @Test
  void cmmd_overBlocks_isTheFormula() {
    try (Scope scope = Scope.open()) {
      Tensor x = features(2060, 2, "x");
      Tensor y = features(30, 2, "y").add(new Scalar(1.0));
      Tensor kernel =
          torch
              .cdist(x.to(torch.ScalarType.Double), y.to(torch.ScalarType.Double))
              .square()
              .mul(new Scalar(-1 / 200.0))
              .exp();
      double across = kernel.mean().item_double();
      double direct = 1000 * (meanKernel(x) + meanKernel(y) - 2 * across);
      assertThat(Cmmd.of(x, y)).isCloseTo(direct, within(1e-9));
    }
  }

  private static double meanKernel(Tensor x) {
    Tensor wide = x.to(torch.ScalarType.Double);
    return torch.cdist(wide, wide).square().mul(new Scalar(-1 / 200.0)).exp().mean().item_double();
  }

  @Test
  void kid_ofHalvesOfOneDistribution_isNearZeroAndRepeats() {
    try (Scope scope = Scope.open()) {
      Tensor x = features(300, 4, "x");
      Tensor y = features(300, 4, "y");
      Spread once = Kid.of(x, y, STREAMS);
      assertThat(once).isEqualTo(Kid.of(x, y, STREAMS));
      assertThat(Math.abs(once.mean())).isLessThan(0.2);
      assertThat(Kid.of(x, y.add(new Scalar(2.0)), STREAMS).mean()).isGreaterThan(5);
    }
  }

  @Test
  void inceptionScore_ofNoInformation_isOne_ofPerfectClasses_isTheirNumber() {
    try (Scope scope = Scope.open()) {
      assertThat(InceptionScore.inOrder(torch.zeros(20, 10), 2)).isEqualTo(new Spread(1, 0));
      Tensor sure = torch.eye(10).repeat(4, 1).mul(new Scalar(1000.0)); // other p underflow to 0
      assertThat(InceptionScore.inOrder(sure, 4).mean()).isCloseTo(10, within(1e-9));
      assertThat(InceptionScore.of(sure, 1, STREAMS).mean()).isCloseTo(10, within(1e-9));
    }
  }

  @Test
  void inceptionScore_moreSplitsThanRows_isRejected() {
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(() -> InceptionScore.inOrder(torch.zeros(3, 10), 10))
          .hasMessageContaining("3 rows in 10 splits");
    }
  }

  @Test
  void precisionRecall_sameSet_isPerfect_farSet_isNothing() {
    try (Scope scope = Scope.open()) {
      Tensor x = features(60, 3, "x");
      PrecisionRecall same = PrecisionRecall.of(x, x, 3);
      assertThat(same.precision()).isEqualTo(1);
      assertThat(same.recall()).isEqualTo(1);
      assertThat(same.coverage()).isEqualTo(1);
      PrecisionRecall far = PrecisionRecall.of(x, x.add(new Scalar(1000.0)), 3);
      assertThat(far).isEqualTo(new PrecisionRecall(0, 0, 0, 0));
      assertThatThrownBy(() -> PrecisionRecall.of(x, features(3, 3, "few"), 3))
          .hasMessageContaining("neighbour 3 of 3 points");
    }
  }

  @Test
  void nearestNeighbours_ofACopy_isExactlyZero() {
    try (Scope scope = Scope.open()) {
      Tensor train = features(2500, 5, "train").add(new Scalar(1000.0));
      Tensor queries = train.index_select(0, Tensors.ofInts(new int[] {2400, 3}));
      NearestNeighbours.Result found =
          NearestNeighbours.of(
              NearestNeighbours.Source.of(queries), NearestNeighbours.Source.of(train));
      assertThat(found.indices()).containsExactly(2400, 3);
      assertThat(found.distances()).containsExactly(0, 0);
    }
  }

  @Test
  void fdInfinity_ofAnExactLine_isItsIntercept() {
    int[] sizes = FdInfinity.sizes(50_000);
    assertThat(sizes).hasSize(15).startsWith(5000).endsWith(50_000).isSorted();
    double[] distances = Arrays.stream(sizes).mapToDouble(n -> 3 + 700.0 / n).toArray();
    FdInfinity.Line line = FdInfinity.fit(sizes, distances);
    assertThat(line.intercept()).isCloseTo(3, within(1e-10));
    assertThat(line.slope()).isCloseTo(700, within(1e-6));
    assertThat(FdInfinity.sizes(40)[0]).isEqualTo(4);
  }
}
