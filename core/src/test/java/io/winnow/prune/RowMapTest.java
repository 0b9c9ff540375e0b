package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.CoresetMap;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class RowMapTest {
  private static CoresetMap of(Rows rows) {
    return RowMap.of(rows, Diagnosis.clusters(rows, 0));
  }

  private static Rows rows(double[] values, int width) {
    int n = values.length / width;
    return new TensorRows(Tensors.of(values, n, width), new int[n]);
  }

  /** A rectangle of 8 x 2 in a plane askew: its sides are the axes, its far corner is positive. */
  @Test
  void plane_isThatOfTheTwoWidestDirections_turnedTheSameWayEachTime() {
    try (Scope scope = Scope.open()) {
      double h = Math.sqrt(0.5);
      double[] corners = new double[12];
      double[][] at = {{0, 0}, {8, 0}, {0, 2}, {8, 2}};
      for (int i = 0; i < 4; i++) {
        corners[3 * i] = 7;
        corners[3 * i + 1] = h * at[i][0] - h * at[i][1];
        corners[3 * i + 2] = h * at[i][0] + h * at[i][1];
      }
      CoresetMap map = of(rows(corners, 3));
      for (int i = 0; i < 4; i++) {
        assertThat(Math.abs(map.x()[i])).isCloseTo(4, within(1e-5f));
        assertThat(Math.abs(map.y()[i])).isCloseTo(1, within(1e-5f));
      }
      assertThat(map.x()[1] - map.x()[0]).isCloseTo(map.x()[3] - map.x()[2], within(1e-5f));
    }
  }

  @Test
  void direction_theRowFarthestFromTheMiddle_isPositive() {
    try (Scope scope = Scope.open()) {
      CoresetMap map = of(rows(new double[] {-9, 0, 1, 2}, 1));
      assertThat(map.x()).containsExactly(7.5f, -1.5f, -2.5f, -3.5f);
      assertThat(map.y()).as("there is no second direction").containsOnly(0);
    }
  }

  @Test
  void direction_ofTwoRowsAsFar_isTowardsTheFirst_andTheMiddleIsAPlainZero() {
    try (Scope scope = Scope.open()) {
      assertThat(of(rows(new double[] {0, 1, 2, -9}, 1)).x())
          .containsExactly(-1.5f, -2.5f, -3.5f, 7.5f);
      for (double first : new double[] {-1, 1}) {
        float[] x = of(rows(new double[] {first, -first, 0}, 1)).x();
        assertThat(x).containsExactly(1, -1, 0);
        assertThat(Float.floatToIntBits(x[2])).as("not -0").isZero();
      }
    }
  }

  /** Rows of a line whose clusters are given: cluster c has its centre at c and the rows said. */
  private static CoresetMap.Nearest nearest(double[] line, int[] clusters, int count) {
    double[] centers = IntStream.range(0, count).mapToDouble(c -> c).toArray();
    return RowMap.of(
            rows(line, 1),
            new KMeans.Clusters(
                Tensors.of(centers, count, 1), clusters, new double[line.length], 1, 0))
        .nearest();
  }

  /** Row 0 and a copy of it in the fifth cluster; ten others each in the first and three more. */
  @Test
  void search_looksIntoTheFourClustersNearest_andNoFurther() {
    try (Scope scope = Scope.open()) {
      double[] line = new double[45];
      int[] clusters = new int[45];
      for (int i = 1; i < 44; i++) {
        line[i] = 100 + i;
        clusters[i] = i % 4;
      }
      clusters[44] = 4; // at 0, as row 0 is
      int[] found = nearest(line, clusters, 5).positions()[0];
      assertThat(found).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
      clusters[44] = 3;
      assertThat(nearest(line, clusters, 4).positions()[0]).startsWith(44);
    }
  }

  /** Five clusters of two rows have nine others for each: a sixth one is looked into. */
  @Test
  void search_ofSmallClusters_goesOnUntilThereAreTenOthers() {
    try (Scope scope = Scope.open()) {
      double[] line = IntStream.range(0, 14).mapToDouble(i -> i).toArray();
      int[] clusters = IntStream.range(0, 14).map(i -> i / 2).toArray();
      int[] found = nearest(line, clusters, 7).positions()[0];
      assertThat(found).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    }
  }

  @Test
  void nearest_ofASmallSet_areThoseOfAll_copiesAtZero() {
    try (Scope scope = Scope.open()) {
      int n = 90;
      float[] values = Tensors.floats(RandomStreams.of(4).normal(new long[] {n, 3}, "z"));
      System.arraycopy(values, 0, values, 3 * 50, 3); // 50 is a copy of 0
      Rows rows = new TensorRows(Tensors.of(values, n, 3), new int[n]);
      CoresetMap.Nearest near = of(rows).nearest();
      assertThat(near.positions()[0][0]).isEqualTo(50);
      assertThat(near.distances()[50][0]).isZero();
      for (int i = 0; i < n; i++) {
        int row = i;
        int[] expected =
            IntStream.range(0, n)
                .boxed()
                .filter(j -> j != row)
                .sorted(Comparator.comparingDouble(j -> distance(values, row, j)))
                .limit(RowMap.NEAREST)
                .mapToInt(j -> j)
                .toArray();
        assertThat(near.positions()[i]).as("%d", i).containsExactly(expected);
        assertThat((double) near.distances()[i][3])
            .isCloseTo(distance(values, i, expected[3]), within(1e-5));
      }
    }
  }

  private static double distance(float[] values, int i, int j) {
    double sum = 0;
    for (int d = 0; d < 3; d++) {
      double difference = (double) values[3 * i + d] - values[3 * j + d];
      sum += difference * difference;
    }
    return Math.sqrt(sum);
  }

  @Test
  void nearest_acrossClusters_areFound_andASetOfOneHasNone() {
    try (Scope scope = Scope.open()) {
      double[] line = IntStream.range(0, 4000).mapToDouble(i -> i).toArray();
      Rows rows = rows(line, 1);
      KMeans.Clusters clusters = Diagnosis.clusters(rows, 0);
      assertThat(clusters.sizes()).hasSize(8);
      CoresetMap.Nearest near = RowMap.of(rows, clusters).nearest();
      for (int i = 10;
          i < 3990;
          i++) { // the neighbours on both sides, whatever cluster they are in
        assertThat(near.positions()[i]).contains(i - 1, i + 1, i - 5, i + 5).hasSize(10);
        assertThat(near.distances()[i][0]).isEqualTo(1);
      }
      CoresetMap alone = of(rows(new double[] {3, 4}, 2));
      assertThat(alone.x()).containsExactly(0);
      assertThat(alone.nearest().positions()[0]).isEmpty();
    }
  }

  @Test
  void map_isTheSameTwice() {
    try (Scope scope = Scope.open()) {
      Tensor z = RandomStreams.of(5).normal(new long[] {700, 20}, "z");
      Rows rows = new TensorRows(z, new int[700]);
      CoresetMap first = of(rows);
      CoresetMap second = of(rows);
      assertThat(second.x()).containsExactly(first.x());
      assertThat(second.y()).containsExactly(first.y());
      assertThat(second.nearest().positions()).isDeepEqualTo(first.nearest().positions());
      assertThat(second.nearest().distances()).isDeepEqualTo(first.nearest().distances());
    }
  }
}
