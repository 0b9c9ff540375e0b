package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class FacilityLocationTest {
  private static Rows cloud(int n, int d) {
    return new TensorRows(RandomStreams.of(8).normal(new long[] {n, d}, "z"), new int[n]);
  }

  @Test
  void order_gains_neverGrow() {
    try (Scope scope = Scope.open()) {
      double[] gains = FacilityLocation.order(cloud(300, 4), 60).gains();
      for (int i = 1; i < gains.length; i++) {
        assertThat(gains[i]).isLessThanOrEqualTo(gains[i - 1] + 1e-9).isNotNegative();
      }
    }
  }

  @Test
  void order_lazily_isThatOfTheNaiveGreedy() {
    try (Scope scope = Scope.open()) {
      Rows rows = cloud(150, 3);
      assertThat(FacilityLocation.order(rows, 25).order())
          .containsExactly(naive(similarities(rows), 25));
    }
  }

  /** Groups of rows, so that some gains fall far and others hardly: the queue is asked in parts. */
  @Test
  void order_ofGroups_isThatOfTheNaiveGreedy_onAnyNumberOfThreads() {
    try (Scope scope = Scope.open()) {
      Tensor centres = RandomStreams.of(5).normal(new long[] {12, 6}, "c").mul(new Scalar(3));
      Tensor spread = RandomStreams.of(5).normal(new long[] {1200, 6}, "z");
      Rows rows = new TensorRows(spread.add(centres.repeat(100, 1)), new int[1200]);
      int[] expected = naive(similarities(rows), 40);
      int before = torch.get_num_threads();
      for (int threads : new int[] {1, 3}) {
        torch.set_num_threads(threads);
        assertThat(FacilityLocation.order(rows, 40).order()).containsExactly(expected);
      }
      torch.set_num_threads(before);
    }
  }

  private static int[] naive(double[][] similarities, int count) {
    int n = similarities.length;
    double[] covered = new double[n];
    int[] order = new int[count];
    for (int step = 0; step < count; step++) {
      double most = -1;
      for (int j = 0; j < n; j++) {
        double gain = 0;
        for (int i = 0; i < n; i++) {
          gain += Math.max(0, similarities[i][j] - covered[i]);
        }
        if (gain > most + 1e-9) {
          order[step] = j;
          most = gain;
        }
      }
      for (int i = 0; i < n; i++) {
        covered[i] = Math.max(covered[i], similarities[i][order[step]]);
      }
    }
    return order;
  }

  private static double[][] similarities(Rows rows) {
    int n = rows.count();
    double[] x = Tensors.doubles(new UnitRows(rows).gather(IntStream.range(0, n).toArray()));
    int d = rows.dimension();
    double[][] similarities = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        double product = 0;
        for (int k = 0; k < d; k++) {
          product += x[i * d + k] * x[j * d + k];
        }
        similarities[i][j] = (1 + product) / 2;
      }
    }
    return similarities;
  }

  @Test
  void order_objective_isWithinTheGuaranteeOfTheBestPair() {
    try (Scope scope = Scope.open()) {
      Rows rows = cloud(12, 2);
      double[][] s = similarities(rows);
      double best = 0;
      for (int a = 0; a < 12; a++) {
        for (int b = a + 1; b < 12; b++) {
          double sum = 0;
          for (int i = 0; i < 12; i++) {
            sum += Math.max(s[i][a], s[i][b]);
          }
          best = Math.max(best, sum);
        }
      }
      double reached = FacilityLocation.order(rows, 2).objective();
      assertThat(reached).isLessThanOrEqualTo(best + 1e-6).isGreaterThan(0.75 * best);
    }
  }

  @Test
  void order_everything_coversEveryRowWithItself() {
    try (Scope scope = Scope.open()) {
      FacilityLocation.Chosen chosen = FacilityLocation.order(cloud(70, 3), 70);
      assertThat(chosen.objective()).isCloseTo(70, within(1e-4));
      assertThat(chosen.order()).doesNotHaveDuplicates().hasSize(70);
    }
  }

  @Test
  void order_equalGains_goToTheLowerRow() {
    try (Scope scope = Scope.open()) {
      Rows rows =
          new TensorRows(Tensors.of(new float[] {1, 0, 0, 1, -1, 0, 0, -1}, 4, 2), new int[4]);
      assertThat(FacilityLocation.order(rows, 2).order()).containsExactly(0, 1);
    }
  }

  @Test
  void order_leaksNoPointers() {
    try (Scope scope = Scope.open()) {
      Rows rows = cloud(100, 3);
      FacilityLocation.order(rows, 5);
      long before = Pointer.totalCount();
      FacilityLocation.order(rows, 5);
      assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
    }
  }
}
