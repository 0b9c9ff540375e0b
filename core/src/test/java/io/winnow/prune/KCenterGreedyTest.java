package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class KCenterGreedyTest {
  private static final int[] NONE = {};

  private static Rows cloud(int n, int d) {
    return new TensorRows(RandomStreams.of(5).normal(new long[] {n, d}, "z"), new int[n]);
  }

  @Test
  void order_radius_neverGrows_andIsAtMostTwiceTheSmallest() {
    try (Scope scope = Scope.open()) {
      Rows rows = cloud(9, 2);
      double before = Double.POSITIVE_INFINITY;
      for (int count = 1; count <= 9; count++) {
        double radius = KCenterGreedy.order(rows, NONE, count).radius();
        assertThat(radius).isLessThanOrEqualTo(before);
        assertThat(radius).isLessThanOrEqualTo(2 * smallest(rows, count) + 1e-9);
        before = radius;
      }
      assertThat(before).isZero();
    }
  }

  /** Of all choices of {@code count} of nine rows. */
  private static double smallest(Rows rows, int count) {
    double[] x = Tensors.doubles(rows.gather(new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8}));
    double best = Double.POSITIVE_INFINITY;
    for (int set = 1; set < 1 << 9; set++) {
      if (Integer.bitCount(set) == count) {
        double radius = 0;
        for (int i = 0; i < 9; i++) {
          double nearest = Double.POSITIVE_INFINITY;
          for (int j = 0; j < 9; j++) {
            if ((set >> j & 1) == 1) {
              nearest =
                  Math.min(nearest, Math.hypot(x[2 * i] - x[2 * j], x[2 * i + 1] - x[2 * j + 1]));
            }
          }
          radius = Math.max(radius, nearest);
        }
        best = Math.min(best, radius);
      }
    }
    return best;
  }

  @Test
  void order_withoutAStart_beginsNearestToTheMean() {
    try (Scope scope = Scope.open()) {
      Rows rows = new TensorRows(Tensors.of(new float[] {0, 10, 4, 5}, 4, 1), new int[4]);
      KCenterGreedy.Chosen chosen = KCenterGreedy.order(rows, NONE, 3);
      assertThat(chosen.order()).containsExactly(3, 0, 1);
      assertThat(chosen.distances()).containsExactly(0, 0, 1, 0);
    }
  }

  @Test
  void order_withAStart_goesOnFromIt() {
    try (Scope scope = Scope.open()) {
      Rows rows = new TensorRows(Tensors.of(new float[] {0, 10, 4, 5}, 4, 1), new int[4]);
      KCenterGreedy.Chosen chosen = KCenterGreedy.order(rows, new int[] {1, 2}, 1);
      assertThat(chosen.order()).containsExactly(1, 2, 0);
      assertThat(chosen.distances()).containsExactly(0, 0, 0, 1);
      assertThat(chosen.radius()).isEqualTo(1);
    }
  }

  @Test
  void order_rowsAsFar_goToTheLower() {
    try (Scope scope = Scope.open()) {
      Rows rows = new TensorRows(Tensors.of(new float[] {-2, 2, 1, -1}, 4, 1), new int[4]);
      assertThat(KCenterGreedy.order(rows, NONE, 3).order()).containsExactly(2, 0, 1);
    }
  }

  @Test
  void order_rowsThatDoNotFitInMemory_areChosenTheSame() {
    try (Scope scope = Scope.open()) {
      Rows rows = cloud(Blocks.SIZE + 50, 3);
      HeldRows streamed = HeldRows.of(rows, IntStream.range(0, rows.count()).toArray(), 0);
      HeldRows held = HeldRows.of(rows);
      assertThat(streamed.squaredDistances(held.row(9)))
          .containsExactly(held.squaredDistances(held.row(9)), within(1e-9));
      assertThat(Tensors.doubles(streamed.mean()))
          .containsExactly(Tensors.doubles(held.mean()), within(1e-12));
    }
  }

  @Test
  void order_moreThanThereAre_givesAllOnce() {
    try (Scope scope = Scope.open()) {
      Rows rows = new TensorRows(Tensors.of(new float[] {1, 1, 1}, 3, 1), new int[3]);
      assertThat(KCenterGreedy.order(rows, NONE, 9).order()).containsExactlyInAnyOrder(0, 1, 2);
    }
  }
}
