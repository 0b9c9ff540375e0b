package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.SelectionDiagnostics;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DiagnosisTest {
  private static SelectionDiagnostics of(double[] values, int[] labels, int... kept) {
    try (Scope scope = Scope.open()) {
      Rows rows = new TensorRows(Tensors.of(values, values.length, 1), labels);
      return Diagnosis.of(rows, kept, Diagnosis.clusters(rows, 0), label -> "c" + label, 0);
    }
  }

  /** Rows at 0, 1, 2, 3, 10, of which 0 and 3 stay: 1 and 2 are 1 away, 10 is 7 away. */
  @Test
  void coverage_isTheDistanceOfWhatWasDropped() {
    SelectionDiagnostics found = of(new double[] {0, 1, 2, 3, 10}, new int[] {0, 0, 0, 4, 4}, 0, 3);
    assertThat(found.coverage().mean()).isEqualTo(3);
    // ranks 0, 1, 2 at 1, 1, 7: 0.95 * 2 = 1.9, so 1 + 0.9 * 6
    assertThat(found.coverage().percentile95()).isCloseTo(6.4, within(1e-12));
    assertThat(found.coverage().largest()).isEqualTo(7);
    assertThat(found.coverage().measured()).isEqualTo(3);
    assertThat(found.classes())
        .containsExactly(
            new SelectionDiagnostics.Share("c0", 3, 1), new SelectionDiagnostics.Share("c4", 2, 1));
    assertThat(found.classes().get(0).share()).isEqualTo(1.0 / 3);
    assertThat(found.precision()).isNull();
  }

  /** Of one value: (m1 - m2)^2 + (s1 - s2)^2, with divisor N - 1. */
  @Test
  void frechetDistance_isThatOfTheKeptToAll() {
    SelectionDiagnostics found = of(new double[] {0, 2, 4, 6}, new int[4], 0, 1);
    double s1 = Math.sqrt(2); // of 0, 2 around 1
    double s2 = Math.sqrt(20.0 / 3); // of all around 3
    assertThat(found.frechetDistance()).isCloseTo(4 + (s1 - s2) * (s1 - s2), within(1e-9));
  }

  @Test
  void clusters_twoFarGroups_areCountedApart_theLargestFirst() {
    SelectionDiagnostics found = of(new double[] {0, 1, 100, 101, 102}, new int[5], 0, 2, 3);
    assertThat(found.clusters())
        .extracting(SelectionDiagnostics.Share::rows, SelectionDiagnostics.Share::kept)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(3, 2), org.assertj.core.groups.Tuple.tuple(2, 1));
    assertThat(found.clusters())
        .extracting(SelectionDiagnostics.Share::name)
        .containsExactlyInAnyOrder("cluster 0", "cluster 1");
  }

  /** Ten rows at 0.0 to 0.9 and ten at 50.0 to 50.9: keeping one side covers the other nowhere. */
  @Test
  void precisionAndRecall_keptOnOneSideOnly_areNone_andOnBothAll() {
    double[] values =
        IntStream.range(0, 20).mapToDouble(i -> i / 10 * 50 + i % 10 / 10.0).toArray();
    int[] left = IntStream.range(0, 10).toArray();
    SelectionDiagnostics apart = of(values, new int[20], left);
    assertThat(apart.precision()).isZero();
    assertThat(apart.recall()).isZero();
    assertThat(apart.compared()).isEqualTo(10);
    int[] even = IntStream.range(0, 10).map(i -> 2 * i).toArray();
    SelectionDiagnostics spread = of(values, new int[20], even);
    assertThat(spread.precision()).isEqualTo(1);
    assertThat(spread.recall()).isEqualTo(1);
  }

  /** Five kept among ten of the twenty that go: all are where others are, half have none near. */
  @Test
  void precision_isOfWhatIsKept_recallOfWhatIsDropped() {
    double[] values =
        IntStream.range(0, 25)
            .mapToDouble(i -> i < 20 ? i / 10 * 50 + i % 10 / 10.0 : (i - 20) / 5.0 + 0.05)
            .toArray();
    SelectionDiagnostics found = of(values, new int[25], IntStream.range(20, 25).toArray());
    assertThat(found.precision()).isEqualTo(1);
    assertThat(found.recall()).isEqualTo(0.5);
    assertThat(found.compared()).isEqualTo(20);
  }

  @Test
  void everything_kept_hasNothingDropped_andDistanceZero() {
    SelectionDiagnostics found = of(new double[] {0, 1, 5}, new int[3], 0, 1, 2);
    assertThat(found.coverage()).isNull();
    assertThat(found.frechetDistance()).isZero();
    assertThat(found.recall()).isNull();
  }

  @Test
  void order_ofTheRows_changesNoCoverageAndNoDistance() {
    double[] values = {0, 1, 4, 9, 16, 25};
    double[] turned = {25, 16, 9, 4, 1, 0};
    SelectionDiagnostics found = of(values, new int[6], 1, 4);
    SelectionDiagnostics other = of(turned, new int[6], 1, 4);
    assertThat(other.coverage()).isEqualTo(found.coverage());
    assertThat(other.frechetDistance()).isCloseTo(found.frechetDistance(), within(1e-9));
  }

  /** A ball reaches to the third neighbour, so that four rows of either side are needed. */
  @Test
  void fewRows_haveNoPrecision_andOneNoDistance() {
    double[] values = {0, 1, 2, 3, 4, 5, 6, 7};
    assertThat(of(values, new int[8], 0, 2, 4, 6).compared()).isEqualTo(4);
    assertThat(of(values, new int[8], 0, 2, 4).precision()).isNull();
    assertThat(of(values, new int[8], 0, 1, 2, 4, 6).precision()).isNull();
    assertThat(of(values, new int[8], 0, 2, 4).frechetDistance()).isNotNull();
    SelectionDiagnostics alone = of(values, new int[8], 5);
    assertThat(alone.frechetDistance()).isNull();
    assertThat(alone.compared()).isZero();
    assertThat(alone.coverage().largest()).isEqualTo(5);
    assertThat(of(values, new int[8]).coverage()).as("nothing is kept").isNull();
  }

  @Test
  void clusters_areOneForFiveHundredRows_butTwoAtLeast() {
    try (Scope scope = Scope.open()) {
      for (int[] some : new int[][] {{1, 1}, {999, 2}, {1500, 3}}) {
        double[] line = IntStream.range(0, some[0]).mapToDouble(i -> i).toArray();
        Rows rows = new TensorRows(Tensors.of(line, some[0], 1), new int[some[0]]);
        assertThat(Diagnosis.clusters(rows, 0).sizes()).hasSize(some[1]);
      }
    }
  }

  /** Rows 0 to 20,004 on a line, the first four of which stay. */
  @Test
  void manyRows_areMeasuredByAsManyAsAreDrawn() {
    int n = 20_005;
    try (Scope scope = Scope.open()) {
      double[] line = IntStream.range(0, n).mapToDouble(i -> i).toArray();
      Rows rows = new TensorRows(Tensors.of(line, n, 1), new int[n]);
      KMeans.Clusters one =
          new KMeans.Clusters(Tensors.of(new double[1], 1, 1), new int[n], new double[n], 1, 0);
      SelectionDiagnostics found = Diagnosis.of(rows, new int[] {0, 1, 2, 3}, one, label -> "c", 0);
      assertThat(found.coverage().measured()).isEqualTo(20_000);
      assertThat(found.coverage().mean()).isCloseTo(10_001, within(1.0));
      assertThat(found.compared()).isEqualTo(5000);
    }
  }

  @Test
  void coverage_ofOneDroppedRow_isItsDistance() {
    SelectionDiagnostics found = of(new double[] {0, 1, 5}, new int[3], 0, 1);
    assertThat(found.coverage()).isEqualTo(new SelectionDiagnostics.Coverage(4, 4, 4, 1));
  }

  @Test
  void nearestKept_isAnotherRow_andNoneWhereNoOtherIsKept() {
    try (Scope scope = Scope.open()) {
      Rows rows = new TensorRows(Tensors.of(new double[] {0, 1, 5, 7}, 4, 1), new int[4]);
      int[] kept = {0, 2, 3};
      assertThat(Diagnosis.nearestKept(rows, kept, 2)).isEqualTo(new Diagnosis.Neighbour(3, 2));
      assertThat(Diagnosis.nearestKept(rows, kept, 1)).isEqualTo(new Diagnosis.Neighbour(0, 1));
      assertThat(Diagnosis.nearestKept(rows, new int[] {2}, 2)).isNull();
    }
  }

  @Test
  void overlap_countsWhatBothKeep() {
    SelectionDiagnostics.Overlap found =
        Diagnosis.overlap(Set.of("a", "b", "c"), Set.of("b", "c", "d", "e"), 8, "other");
    assertThat(found.both()).isEqualTo(2);
    assertThat(found.jaccard()).isEqualTo(0.4);
    assertThat(found.share()).isEqualTo(2.0 / 3);
    assertThat(found.byChance()).isEqualTo(0.5);
  }

  @Test
  void labels_alone_sayOfClasses() {
    SelectionDiagnostics found =
        Diagnosis.ofLabels(
            new int[] {1, 1, 0}, new int[] {0, 2}, label -> List.of("x", "y").get(label));
    assertThat(found.classes())
        .containsExactly(
            new SelectionDiagnostics.Share("x", 1, 1), new SelectionDiagnostics.Share("y", 2, 1));
    assertThat(found.clusters()).isEmpty();
    assertThat(Arrays.asList(found.coverage(), found.frechetDistance(), found.recall()))
        .containsOnlyNulls();
  }
}
