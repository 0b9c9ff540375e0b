package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class ClusterSumsTest {
  private static final int N = 5000; // more than a block of fetched rows
  private static final int[] ALL = IntStream.range(0, N).toArray();

  /** Row i is (i, -2 i): sums are exact. */
  private static Tensor values() {
    float[] values = new float[2 * N];
    for (int i = 0; i < N; i++) {
      values[2 * i] = i;
      values[2 * i + 1] = -2 * i;
    }
    return Tensors.of(values, N, 2);
  }

  /** Held in float32, held in float64, and fetched each time. */
  private static List<HeldRows> kinds() {
    Tensor values = values();
    Rows narrow = new TensorRows(values, new int[N]);
    Rows wide = new TensorRows(values.to(torch.ScalarType.Double), new int[N]);
    return List.of(
        HeldRows.inOwnPrecision(narrow),
        HeldRows.inOwnPrecision(wide),
        HeldRows.of(narrow, ALL, 0));
  }

  @Test
  void move_rowsThatChange_isTheSumOfTheMembers() {
    try (Scope scope = Scope.open()) {
      for (HeldRows rows : kinds()) {
        ClusterSums sums = new ClusterSums(rows, 3);
        int[] none = new int[N];
        java.util.Arrays.fill(none, -1);
        int[] first = IntStream.of(ALL).map(i -> i % 2).toArray();
        assertThat(sums.move(none, first)).isTrue();
        require(sums, first);
        int[] second = IntStream.of(ALL).map(i -> i < 4500 ? i % 3 : i % 2).toArray();
        assertThat(sums.move(first, second)).isTrue();
        require(sums, second);
        assertThat(sums.move(second, second)).isFalse();
        sums.move(4, 1, 2);
        second[4] = 2;
        require(sums, second);
      }
    }
  }

  private static void require(ClusterSums sums, int[] labels) {
    double[] found = Tensors.doubles(sums.sums());
    for (int c = 0; c < 3; c++) {
      int cluster = c;
      double sum = IntStream.of(ALL).filter(i -> labels[i] == cluster).sum();
      long count = IntStream.of(ALL).filter(i -> labels[i] == cluster).count();
      assertThat(found[2 * c]).isEqualTo(sum);
      assertThat(found[2 * c + 1]).isEqualTo(-2.0 * sum);
      assertThat(sums.count(c)).isEqualTo((int) count);
      assertThat(sums.counts()[c]).isEqualTo((int) count);
    }
  }
}
