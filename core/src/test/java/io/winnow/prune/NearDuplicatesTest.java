package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NearDuplicatesTest {
  @Test
  void maxima_ofManyBlocks_areThoseOfAllPairs() {
    try (Scope scope = Scope.open()) {
      int n = Blocks.SIZE * 2 + 77;
      int d = 3;
      Rows rows = new TensorRows(RandomStreams.of(1).normal(new long[] {n, d}, "z"), new int[n]);
      int[] order = RandomStreams.of(2).permutation(n, "order");
      double[] maxima = NearDuplicates.maxima(rows, order);
      double[] x = Tensors.doubles(rows.gather(order));
      for (int i : new int[] {0, 1, 7, Blocks.SIZE - 1, Blocks.SIZE, Blocks.SIZE + 5, n - 1}) {
        double most = NearDuplicates.FIRST;
        for (int j = 0; j < i; j++) {
          most = Math.max(most, cosine(x, i, j, d));
        }
        assertThat(maxima[i]).as("position %d", i).isCloseTo(most, within(1e-6));
      }
    }
  }

  private static double cosine(double[] x, int i, int j, int d) {
    double product = 0;
    double a = 0;
    double b = 0;
    for (int k = 0; k < d; k++) {
      product += x[i * d + k] * x[j * d + k];
      a += x[i * d + k] * x[i * d + k];
      b += x[j * d + k] * x[j * d + k];
    }
    return product / Math.sqrt(a * b);
  }

  @Test
  void kept_copies_stayOnce_andTheFirstOfThem() {
    try (Scope scope = Scope.open()) {
      Rows rows =
          new TensorRows(Tensors.of(new float[] {1, 0, 2, 0, 0, 1, 1, 0.001f}, 4, 2), new int[4]);
      double[] maxima = NearDuplicates.maxima(rows, IntStream.range(0, 4).toArray());
      assertThat(NearDuplicates.kept(maxima, 0.01)).containsExactly(0, 2);
      double[] backwards = NearDuplicates.maxima(rows, new int[] {3, 2, 1, 0});
      assertThat(NearDuplicates.kept(backwards, 0.01)).containsExactly(0, 1);
    }
  }

  @Test
  void kept_largerEps_keepsASubset() {
    double[] maxima = {-1, 0.5, 0.95, 0.9, 0.99};
    assertThat(NearDuplicates.kept(maxima, 0.2)).containsExactly(0, 1);
    assertThat(NearDuplicates.kept(maxima, 0.05)).containsExactly(0, 1, 2, 3);
    assertThat(NearDuplicates.kept(maxima, 0)).containsExactly(0, 1, 2, 3, 4);
  }

  /** Rows 0 to 4 at squared distances 5, 1, 5, 9 and 1. */
  @Test
  void ordered_hardIsTheFarthestFirst_easyTheNearest_tiesByRow_randomByItsDraws() {
    int[] members = {4, 1, 3, 0, 2};
    double[] squared = {5, 1, 5, 9, 1};
    RandomStreams random = RandomStreams.of(2);
    for (NearDuplicates.Keep hard : new NearDuplicates.Keep[] {null, NearDuplicates.Keep.HARD}) {
      assertThat(NearDuplicates.ordered(members, squared, hard, random))
          .containsExactly(3, 0, 2, 1, 4);
    }
    assertThat(NearDuplicates.ordered(members, squared, NearDuplicates.Keep.EASY, random))
        .containsExactly(1, 4, 0, 2, 3);
    int[] drawn = NearDuplicates.ordered(members, squared, NearDuplicates.Keep.RANDOM, random);
    double[] draws =
        IntStream.of(drawn).mapToDouble(row -> random.uniform("prune.duplicates", row)).toArray();
    assertThat(draws).isSorted();
    assertThat(drawn)
        .containsExactlyInAnyOrder(0, 1, 2, 3, 4)
        .isNotEqualTo(new int[] {0, 1, 2, 3, 4});
  }
}
