package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.task.Progress;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Rows along the axes, whose principal directions and variances can be seen. */
class PpcaScorerTest {
  /** Half lengths along three axes, longest in the middle, around (5, 6, 7). */
  private static double[][] rows(double a, double b, double c) {
    double[] lengths = {b, a, c};
    double[][] rows = new double[6][];
    for (int i = 0; i < 6; i++) {
      rows[i] = new double[] {5, 6, 7};
      rows[i][i / 2] += (i % 2 == 0 ? 1 : -1) * lengths[i / 2];
    }
    return rows;
  }

  private static double[] scores(double[][] rows, int[] labels, Grouping fit, double share) {
    try (Scope scope = Scope.open()) {
      double[] flat = Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
      return new PpcaScorer(fit, share)
          .score(
              new TensorRows(Tensors.of(flat, rows.length, rows[0].length), labels),
              Progress.SILENT);
    }
  }

  /** Densities with these variances along the axes. */
  private static double[] expected(double[][] rows, double... variances) {
    double[][] diagonal = new double[3][3];
    for (int j = 0; j < 3; j++) {
      diagonal[j][j] = variances[j];
    }
    return Arrays.stream(rows)
        .mapToDouble(row -> PlainGaussian.logDensity(row, new double[] {5, 6, 7}, diagonal))
        .toArray();
  }

  /** Variances 2 l^2 / 5: 10, 4 and 2 of 16; the shares add up to 0.625, 0.875 and 1. */
  @Test
  void directions_whoseSharesAddUpToLessThanTheShare_keepTheirVariance_theRestItsMean() {
    double[][] rows = rows(5, Math.sqrt(10), Math.sqrt(5));
    assertThat(scores(rows, new int[6], Grouping.GLOBAL, 0.5))
        .containsExactly(expected(rows, 16 / 3.0, 16 / 3.0, 16 / 3.0), within(1e-9));
    assertThat(scores(rows, new int[6], Grouping.GLOBAL, 0.7))
        .containsExactly(expected(rows, 3, 10, 3), within(1e-9));
    for (double share : new double[] {0.9, 0.999}) {
      assertThat(scores(rows, new int[6], Grouping.CLASS, share))
          .containsExactly(expected(rows, 4, 10, 2), within(1e-9));
    }
  }

  /** Two classes far apart: together they have one long direction, each alone its own. */
  @Test
  void fit_byClass_centresEveryClass() {
    double[][] near = rows(5, Math.sqrt(10), Math.sqrt(5));
    double[][] both = new double[12][];
    int[] labels = new int[12];
    for (int i = 0; i < 6; i++) {
      both[i] = near[i];
      both[6 + i] = Arrays.stream(near[i]).map(v -> v + 100).toArray();
      labels[6 + i] = 1;
    }
    double[] scores = scores(both, labels, Grouping.CLASS, 0.7);
    assertThat(Arrays.copyOf(scores, 6)).containsExactly(expected(near, 3, 10, 3), within(1e-9));
    assertThat(Arrays.copyOfRange(scores, 6, 12))
        .containsExactly(expected(near, 3, 10, 3), within(1e-9));
    assertThat(scores(both, labels, Grouping.GLOBAL, 0.7)[0]).isNotEqualTo(scores[0]);
  }

  @Test
  void oneRow_orRowsThatAreEqual_areRefused() {
    double[][] rows = {{1, 2, 3}, {1, 2, 3}};
    assertThatThrownBy(() -> scores(rows, new int[] {0, 1}, Grouping.CLASS, 0.95))
        .hasMessageContaining("PPCA score of class 0: one row; expected at least 2");
    assertThatThrownBy(() -> scores(rows, new int[2], Grouping.GLOBAL, 0.95))
        .hasMessageContaining("no variance is left for the noise (2 rows, 3 features)");
  }

  @Test
  void pca_keepsTheLongestDirections_centred() {
    double[][] rows = rows(5, Math.sqrt(10), Math.sqrt(5));
    try (Scope scope = Scope.open()) {
      double[] flat = Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
      Rows all = new TensorRows(Tensors.of(flat, 6, 3), new int[] {0, 1, 2, 3, 4, 5});
      PcaRows two = PcaRows.of(all, 2);
      assertThat(Tensors.doubles(two.variances()))
          .containsExactly(new double[] {10, 4}, within(1e-9));
      assertThat(two.dimension()).isEqualTo(2);
      assertThat(two.count()).isEqualTo(6);
      assertThat(two.labels()).containsExactly(0, 1, 2, 3, 4, 5);
      assertThat(two.describe(3)).isEqualTo(all.describe(3));
      double[] projected = Tensors.doubles(two.gather(new int[] {2, 0, 4}));
      assertThat(Arrays.stream(projected).map(Math::abs).toArray())
          .containsExactly(new double[] {5, 0, 0, Math.sqrt(10), 0, 0}, within(1e-6));
      assertThat(PcaRows.of(all, 3).dimension()).isEqualTo(3);
      assertThat(Tensors.doubles(PcaRows.of(all, 1).variances()))
          .containsExactly(new double[] {10}, within(1e-9));
      for (int r : new int[] {0, 4}) {
        assertThatThrownBy(() -> PcaRows.of(all, r))
            .hasMessage(
                "prune.pca: " + r + " directions from 6 rows of 3 features; expected 1 to 3.");
      }
    }
  }
}
