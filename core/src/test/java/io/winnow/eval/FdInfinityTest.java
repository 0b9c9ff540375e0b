package io.winnow.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class FdInfinityTest {
  private static Tensor features(int n, int d, String name) {
    return RandomStreams.of(9).normal(new long[] {n, d}, name);
  }

  @Test
  void fit_ofAnExactLine_isItsIntercept() {
    int[] sizes = FdInfinity.sizes(50_000);
    double[] distances = Arrays.stream(sizes).mapToDouble(n -> 3 + 700.0 / n).toArray();
    FdInfinity.Line line = FdInfinity.fit(sizes, distances);
    assertThat(line.intercept()).isCloseTo(3, within(1e-10));
    assertThat(line.slope()).isCloseTo(700, within(1e-6));
  }

  /** x = 1, 1/2, 1/4 and y = 4, 1, 1: slope (xy) / (xx) about the means 7/12 and 2. */
  @Test
  void fit_ofThreePoints_isTheLeastSquaresLine() {
    FdInfinity.Line line = FdInfinity.fit(new int[] {1, 2, 4}, new double[] {4, 1, 1});
    double xy = 5 / 12.0 * 2 + -1 / 12.0 * -1 + -4 / 12.0 * -1;
    double xx = (25 + 1 + 16) / 144.0;
    assertThat(line.slope()).isCloseTo(xy / xx, within(1e-12));
    assertThat(line.intercept()).isCloseTo(2 - xy / xx * 7 / 12, within(1e-12));
    assertThat(FdInfinity.fit(new int[] {5, 5}, new double[] {1, 3}))
        .isEqualTo(new FdInfinity.Line(2, 0));
  }

  /** numpy.linspace(min(5000, max(n // 10, 2)), n, 15).astype(int), as dgm-eval has it. */
  @Test
  void sizes_areFifteenEvenlySpaced_roundedDown() {
    assertThat(FdInfinity.sizes(50_000)).hasSize(15).startsWith(5000, 8214, 11428).endsWith(50_000);
    assertThat(FdInfinity.sizes(100_000)[0]).isEqualTo(5000);
    assertThat(FdInfinity.sizes(40))
        .containsExactly(4, 6, 9, 11, 14, 16, 19, 22, 24, 27, 29, 32, 34, 37, 40);
    assertThat(FdInfinity.sizes(12)).startsWith(2, 2, 3).endsWith(12);
  }

  @Test
  void ofSubset_isTheDistanceOfItsRows() {
    try (Scope scope = Scope.open()) {
      Tensor reference = features(20, 2, "x");
      Tensor generated = features(30, 2, "y").add(new Scalar(0.5));
      int[] rows = {29, 3, 4, 11, 0};
      double plain =
          PlainMetrics.frechet(
              PlainMetrics.rows(reference), PlainMetrics.pick(PlainMetrics.rows(generated), rows));
      assertThat(FdInfinity.ofSubset(FrechetStatistics.of(reference), generated, rows))
          .isCloseTo(plain, within(1e-11));
    }
  }

  /** The line through the distances of drawn subsets, without replacement, anew for every size. */
  @Test
  void of_isTheLineThroughTheDrawnSubsets() {
    try (Scope scope = Scope.open()) {
      Tensor reference = features(20, 2, "x");
      Tensor generated = features(40, 2, "y").add(new Scalar(0.5));
      RandomStreams streams = RandomStreams.of(3);
      int[] sizes = {4, 6, 9, 11, 14, 16, 19, 22, 24, 27, 29, 32, 34, 37, 40};
      double[] distances = new double[15];
      for (int i = 0; i < 15; i++) {
        int[] rows = Arrays.copyOf(streams.permutation(40, "fd-infinity", i), sizes[i]);
        distances[i] =
            PlainMetrics.frechet(
                PlainMetrics.rows(reference),
                PlainMetrics.pick(PlainMetrics.rows(generated), rows));
      }
      FdInfinity.Line plain = FdInfinity.fit(sizes, distances);
      FdInfinity.Line ours = FdInfinity.of(FrechetStatistics.of(reference), generated, streams);
      assertThat(ours.intercept()).isCloseTo(plain.intercept(), within(1e-10));
      assertThat(ours.slope()).isCloseTo(plain.slope(), within(1e-9)).isPositive();
    }
  }
}
