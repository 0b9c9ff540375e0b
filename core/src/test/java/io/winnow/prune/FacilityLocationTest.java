package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
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
      double[][] similarities = similarities(rows);
      int[] order = FacilityLocation.order(rows, 25).order();
      double[] covered = new double[150];
      for (int step = 0; step < 25; step++) {
        int best = -1;
        double most = -1;
        for (int j = 0; j < 150; j++) {
          double gain = 0;
          for (int i = 0; i < 150; i++) {
            gain += Math.max(0, similarities[i][j] - covered[i]);
          }
          if (gain > most + 1e-9) {
            best = j;
            most = gain;
          }
        }
        assertThat(order[step]).as("step %d", step).isEqualTo(best);
        for (int i = 0; i < 150; i++) {
          covered[i] = Math.max(covered[i], similarities[i][best]);
        }
      }
    }
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
      assertThat(Pointer.totalCount()).isEqualTo(before);
    }
  }
}
