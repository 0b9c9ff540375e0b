package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class KMeansTest {
  private static final RandomStreams RANDOM = RandomStreams.of(3);

  private static Rows rows(double[] values, int d) {
    return new TensorRows(Tensors.of(values, values.length / d, d), new int[values.length / d]);
  }

  private static Rows cloud(int n, int d) {
    return new TensorRows(RANDOM.normal(new long[] {n, d}, "z"), new int[n]);
  }

  @Test
  void fit_groupsFarApart_findsThem() {
    try (Scope scope = Scope.open()) {
      Rows rows = rows(new double[] {0, 0, 0.2, 0, 10, 10, 10.2, 10, -9, 9, -9.2, 9}, 2);
      KMeans.Clusters found = new KMeans(20, false).fit(rows, 3, RANDOM);
      int[] labels = found.labels();
      assertThat(labels[0]).isEqualTo(labels[1]).isNotEqualTo(labels[2]).isNotEqualTo(labels[4]);
      assertThat(labels[2]).isEqualTo(labels[3]).isNotEqualTo(labels[4]);
      assertThat(found.inertia()).isCloseTo(6 * 0.01, within(1e-9));
      assertThat(found.sizes()).containsOnly(2);
    }
  }

  @Test
  void fit_moreIterations_neverRaisesTheInertia() {
    try (Scope scope = Scope.open()) {
      Rows rows = cloud(600, 5);
      double before = Double.POSITIVE_INFINITY;
      for (int iterations = 0; iterations < 12; iterations++) {
        double inertia = new KMeans(iterations, false).fit(rows, 7, RANDOM).inertia();
        assertThat(inertia).isLessThanOrEqualTo(before * (1 + 1e-6));
        before = inertia;
      }
    }
  }

  @Test
  void fit_labels_areThoseOfTheNearestFinalCentre() {
    try (Scope scope = Scope.open()) {
      int n = 1025; // two whole blocks of 512 and one row
      Rows rows = cloud(n, 4);
      KMeans.Clusters found = new KMeans(3, false).fit(rows, 6, RANDOM);
      float[] x = Tensors.floats(rows.gather(IntStream.range(0, n).toArray()));
      double[] c = Tensors.doubles(found.centers());
      for (int i = 0; i < n; i++) {
        double[] squared = new double[6];
        for (int k = 0; k < 6; k++) {
          for (int j = 0; j < 4; j++) {
            squared[k] += Math.pow(x[i * 4 + j] - c[k * 4 + j], 2);
          }
        }
        double least = Arrays.stream(squared).min().orElseThrow();
        assertThat(squared[found.labels()[i]]).isCloseTo(least, within(1e-5));
        assertThat(found.squared()[i]).isCloseTo(least, within(1e-5));
      }
    }
  }

  @Test
  void fit_sameSeedTwice_isTheSame_anotherSeedIsNot() {
    try (Scope scope = Scope.open()) {
      Rows rows = cloud(500, 3);
      int[] labels = new KMeans(2, false).fit(rows, 9, RANDOM).labels();
      assertThat(new KMeans(2, false).fit(rows, 9, RANDOM).labels()).containsExactly(labels);
      assertThat(new KMeans(2, false).fit(rows, 9, RandomStreams.of(4)).labels())
          .isNotEqualTo(labels);
    }
  }

  @Test
  void fit_clusterThatEmpties_takesTheFarthestRow() {
    try (Scope scope = Scope.open()) {
      Rows rows = rows(new double[] {0, 1, 2, 50}, 1);
      Tensor init = Tensors.of(new double[] {1, 1000}, 2, 1); // nobody is near the second
      KMeans.Clusters found = new KMeans(10, false).fit(rows, init);
      assertThat(found.labels()).containsExactly(0, 0, 0, 1);
      assertThat(found.refilled()).isEqualTo(1);
      assertThat(Tensors.doubles(found.centers())).containsExactly(1, 50);
    }
  }

  @Test
  void fit_fewerDistinctRowsThanClusters_leavesClustersEmptyAndEnds() {
    try (Scope scope = Scope.open()) {
      KMeans.Clusters found =
          new KMeans(10, false).fit(rows(new double[] {5, 5, 5, 5}, 1), 3, RANDOM);
      assertThat(found.inertia()).isZero();
      assertThat(found.sizes()).containsExactly(4, 0, 0);
      assertThat(found.refilled()).isZero();
    }
  }

  /** The row at 100 is farthest from its centre, but alone; of those at 0 and 1 the lower goes. */
  @Test
  void fit_clusterThatEmpties_leavesRowsThatAreAlone_andTakesTheLowerOfEqualOnes() {
    try (Scope scope = Scope.open()) {
      Tensor init = Tensors.of(new double[] {0.5, 60, 1000}, 3, 1);
      KMeans.Clusters found = new KMeans(10, false).fit(rows(new double[] {0, 1, 100}, 1), init);
      assertThat(found.labels()).containsExactly(2, 0, 1);
      assertThat(Tensors.doubles(found.centers())).containsExactly(1, 100, 0);
      assertThat(found.refilled()).isEqualTo(1);
    }
  }

  /** Centres 0 and 1, then 0 and 4, 1 and 6.5, 1.5 and 10. */
  @Test
  void fit_endsWhereNoRowMoves_orAfterItsIterations() {
    try (Scope scope = Scope.open()) {
      Rows rows = rows(new double[] {0, 1, 2, 3, 10}, 1);
      Tensor init = Tensors.of(new double[] {0, 1}, 2, 1);
      KMeans.Clusters none = new KMeans(0, false).fit(rows, init);
      assertThat(none.iterations()).isZero();
      assertThat(none.labels()).containsExactly(0, 1, 1, 1, 1);
      assertThat(none.squared()).containsExactly(0, 0, 1, 4, 81);
      KMeans.Clusters one = new KMeans(1, false).fit(rows, init);
      assertThat(one.iterations()).isEqualTo(1);
      assertThat(Tensors.doubles(one.centers())).containsExactly(0, 4);
      assertThat(one.labels()).as("a tie to the lower centre").containsExactly(0, 0, 0, 1, 1);
      KMeans.Clusters all = new KMeans(9, false).fit(rows, init);
      assertThat(all.iterations()).isEqualTo(3);
      assertThat(Tensors.doubles(all.centers())).containsExactly(1.5, 10);
    }
  }

  /** The first by chance alone, every other one by its squared distance to those before. */
  @Test
  void seeds_areDrawnByTheirSquaredDistanceToTheNearestOne() {
    double[] values = {3, 3.25, 0, 7, 7.5, -2, 11, 4};
    try (Scope scope = Scope.open()) {
      double[] mass = new double[values.length];
      Arrays.fill(mass, 1);
      double[] expected = new double[5];
      for (int c = 0; c < 5; c++) {
        double aim = RANDOM.uniform("kmeans.seed", c) * Arrays.stream(mass).sum();
        int chosen = 0;
        for (double passed = mass[0]; passed <= aim; passed += mass[chosen]) {
          chosen++;
        }
        expected[c] = values[chosen];
        for (int i = 0; i < values.length; i++) {
          double squared = (values[i] - expected[c]) * (values[i] - expected[c]);
          mass[i] = c == 0 ? squared : Math.min(mass[i], squared);
        }
      }
      assertThat(expected[0]).as("not the row that nothing drawn would give").isNotEqualTo(3);
      assertThat(expected).doesNotHaveDuplicates();
      KMeans.Clusters found = new KMeans(0, false).fit(rows(values, 1), 5, RANDOM);
      assertThat(Tensors.doubles(found.centers())).containsExactly(expected);
    }
  }

  @Test
  void fit_oneCluster_orOneForEveryRow_isTaken_moreCentresThanRowsAreNot() {
    try (Scope scope = Scope.open()) {
      Rows rows = rows(new double[] {1, 3}, 1);
      assertThat(Tensors.doubles(new KMeans(9, false).fit(rows, 1, RANDOM).centers()))
          .containsExactly(2);
      assertThat(new KMeans(9, false).fit(rows, 2, RANDOM).sizes()).containsExactly(1, 1);
      Tensor three = Tensors.of(new double[3], 3, 1);
      assertThatThrownBy(() -> new KMeans(9, false).fit(rows, three))
          .hasMessageStartingWith("clusters: 3 of 2 images; expected 1 to 2.");
      assertThatThrownBy(() -> new KMeans(9, false).fit(rows, 0, RANDOM))
          .hasMessageStartingWith("clusters: 0 of 2 images");
    }
  }

  @Test
  void fit_spherical_hasCentresOfUnitLength() {
    try (Scope scope = Scope.open()) {
      Rows rows = new UnitRows(cloud(200, 6));
      Tensor centers = new KMeans(5, true).fit(rows, 4, RANDOM).centers();
      for (double length : Tensors.doubles(centers.square().sum(1))) {
        assertThat(length).isCloseTo(1, within(1e-12));
      }
    }
  }

  @Test
  void fit_moreClustersThanRows_isRefusedWithBothNumbers() {
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(() -> new KMeans(1, false).fit(cloud(3, 2), 5, RANDOM))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("clusters: 5 of 3 images; expected 1 to 3. Ask for fewer clusters.");
    }
  }

  @Test
  void fit_rowThatIsNotFinite_isNamed() {
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(
              () -> new KMeans(1, false).fit(rows(new double[] {1, Double.NaN, 2}, 1), 2, RANDOM))
          .hasMessageContaining("row 1 has a value that is NaN");
    }
  }

  /** Blocks and clusters are shared out; float32 rows, float64 rows and such that are fetched. */
  @Test
  void fit_numberOfThreads_changesNoByte() {
    try (Scope scope = Scope.open()) {
      Rows narrow = cloud(1500, 6);
      Tensor all = narrow.gather(IntStream.range(0, 1500).toArray());
      Rows wide = new TensorRows(all.to(torch.ScalarType.Double), new int[1500]);
      for (Rows rows : List.of(narrow, wide)) {
        KMeans.Clusters alone = fitOn(1, rows);
        KMeans.Clusters many = fitOn(3, rows);
        assertThat(Tensors.doubles(many.centers())).isEqualTo(Tensors.doubles(alone.centers()));
        assertThat(many.labels()).isEqualTo(alone.labels());
        assertThat(many.squared()).isEqualTo(alone.squared());
      }
    }
  }

  private static KMeans.Clusters fitOn(int threads, Rows rows) {
    int before = torch.get_num_threads();
    torch.set_num_threads(threads);
    try {
      return new KMeans(6, false).fit(rows, 9, RANDOM);
    } finally {
      torch.set_num_threads(before);
    }
  }

  @Test
  void fit_leaksNoPointers() {
    try (Scope scope = Scope.open()) {
      Rows rows = cloud(100, 3);
      fitOnce(rows);
      long before = Pointer.totalCount();
      fitOnce(rows);
      assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
    }
  }

  private static void fitOnce(Rows rows) {
    try (Scope scope = Scope.open()) {
      new KMeans(4, false).fit(rows, 5, RANDOM);
    }
  }
}
