package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.prune.PruneStep.Clusters;
import io.winnow.prune.PruneStep.Duplicates;
import io.winnow.prune.PruneStep.Facilities;
import io.winnow.prune.PruneStep.Herded;
import io.winnow.prune.PruneStep.KCenter;
import io.winnow.prune.PruneStep.Losses;
import io.winnow.prune.PruneStep.Preset;
import io.winnow.prune.PruneStep.Stratified;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class FlipsTest {
  private static final int N = 60;
  private static final long SEED = 7;

  /** Different ones for every network, level and row. */
  private static final ImageLosses LOSSES =
      (model, levels) ->
          IntStream.range(0, levels)
              .mapToObj(
                  k ->
                      IntStream.range(0, N)
                          .mapToDouble(i -> RandomStreams.of(k).uniform(model, i))
                          .toArray())
              .toArray(double[][]::new);

  /** 30 rows in two classes, then the same ones again, a little longer and not quite straight. */
  private static Rows twice() {
    RandomStreams random = RandomStreams.of(1);
    Tensor half = random.normal(new long[] {N / 2, 4}, "z");
    Tensor noise = random.normal(new long[] {N / 2, 4}, "noise").mul(new Scalar(0.05f));
    Tensor both = torch.cat(new TensorVector(half, half.mul(new Scalar(1.5f)).add(noise)), 0);
    return new TensorRows(both, IntStream.range(0, N).map(i -> i % 2).toArray());
  }

  private static PruneConfig steps(double ratio, PruneStep... steps) {
    return PruneConfig.of(Method.MODERATE, ratio).with(ratio, List.of(steps));
  }

  /** A selection of its own, that nothing was found out for before. */
  private static boolean keeps(Rows rows, PruneConfig block, int row) {
    return Arrays.binarySearch(select(rows, block), row) >= 0;
  }

  private static int[] select(Rows rows, PruneConfig block) {
    return Pruning.select(rows, block, LOSSES, SEED, Progress.SILENT).kept();
  }

  private static List<Flip> flips(Rows rows, PruneConfig block, int row) {
    return Flips.of(Reselection.of(rows, LOSSES, SEED, Progress.SILENT), block, row);
  }

  private static PruneConfig with(PruneConfig block, String key, double value) {
    Knob knob = Knob.of(block).stream().filter(k -> k.key().equals(key)).findFirst().orElseThrow();
    return knob.with(block, value);
  }

  /** Every flip, selected anew: the value turns the decision, and the one beside does not. */
  private static void assertTrue(Rows rows, PruneConfig block, int row, List<Flip> flips) {
    boolean now = keeps(rows, block, row);
    for (Flip flip : flips) {
      String what = row + " of " + block + ": " + flip;
      assertThat(flip.becomesKept()).as(what).isEqualTo(!now);
      assertThat(keeps(rows, with(block, flip.key(), flip.flips()), row)).as(what).isEqualTo(!now);
      assertThat(keeps(rows, with(block, flip.key(), flip.stays()), row)).as(what).isEqualTo(now);
      assertThat(Math.abs(flip.flips() - flip.stays())).as(what).isLessThan(1.001e-4);
    }
  }

  @Test
  void everyMethod_everyFlip_turnsTheDecision_andTheValueBesideDoesNot() {
    try (Scope scope = Scope.open()) {
      Rows rows = twice();
      for (Method method : Method.values()) {
        PruneConfig block = PruneConfig.of(method, 0.3);
        int found = 0;
        for (int row = 0; row < N; row += 7) {
          List<Flip> flips = flips(rows, block, row);
          assertTrue(rows, block, row, flips);
          assertThat(flips).allMatch(flip -> flip.key().equals("prune.ratio"));
          found += flips.size();
        }
        assertThat(found).as("%s", method).isGreaterThanOrEqualTo(7);
      }
    }
  }

  @Test
  void everyStep_everyFlip_turnsTheDecision_andTheValueBesideDoesNot() {
    try (Scope scope = Scope.open()) {
      Rows rows = twice();
      Set<String> keys = new TreeSet<>();
      for (PruneConfig block :
          List.of(
              steps(
                  0.2,
                  new Duplicates(0.01, 1, null, null),
                  new Preset(Method.MODERATE, null, null)),
              steps(
                  0.2,
                  new Duplicates(null, 2, NearDuplicates.Keep.EASY, 0.5),
                  new Herded(null, null, null)),
              steps(
                  0.2, new Preset(Method.MODERATE, 0.9, null), new Stratified(0.2, 5, null, null)),
              steps(0.3, new KCenter(Grouping.GLOBAL, null, 0.25)),
              steps(
                  1,
                  new Clusters(4, null, PruneStep.Quota.EQUAL, 0.5, null),
                  new Facilities(null, 0.5, null)),
              steps(0.3, new Preset(Method.UNIFORM, 0.6, null), new KCenter(null, null, null)),
              steps(
                  0.3,
                  new Losses("net", null, 3, RankRule.LOWEST, Grouping.GLOBAL, 0.7, null),
                  new Losses("net", "reference", null, null, null, null, null)),
              steps(0.3, new Losses("net", null, 1, RankRule.MIDDLE, null, 0.4, 0.25)))) {
        int found = 0;
        for (int row = 0; row < N; row += 13) {
          List<Flip> flips = flips(rows, block, row);
          assertTrue(rows, block, row, flips);
          flips.forEach(flip -> keys.add(flip.key()));
          found += flips.size();
        }
        assertThat(found).as("%s", block).isPositive();
      }
      assertThat(keys)
          .contains(
              "prune.ratio",
              "prune.steps[0].eps",
              "prune.steps[0].ratio",
              "prune.steps[1].ratio",
              "prune.steps[1].drop");
    }
  }

  /** Of one step without a ratio of its own, the block's ratio is the step's. */
  @Test
  void aMethodAsTheOnlyStep_turnsWhereTheMethodDoes() {
    try (Scope scope = Scope.open()) {
      Rows rows = twice();
      PruneConfig method = PruneConfig.of(Method.MODERATE, 0.3);
      PruneConfig step = steps(0.3, new Preset(Method.MODERATE, null, null));
      int found = 0;
      for (int row = 0; row < N; row += 4) {
        List<Flip> flips = flips(rows, method, row);
        assertThat(flips(rows, step, row)).as("%s", row).isEqualTo(flips);
        found += flips.size();
      }
      assertThat(found).isGreaterThan(N / 8);
    }
  }

  /** The last row of a class stays until fewer rows are left than clusters are asked for. */
  @Test
  void valuesThatTheSelectionRefuses_turnNothing() {
    try (Scope scope = Scope.open()) {
      Rows rows = twice();
      Preset first = new Preset(Method.MODERATE, null, null);
      PruneConfig block = steps(0.3, first, new Clusters(4, null, null, 0.9, null));
      int[] last = select(rows, steps(0.02, first));
      assertThat(last).hasSize(2);
      assertThatThrownBy(() -> select(rows, block.with(0.02, block.steps())))
          .hasMessageStartingWith("clusters: 4 of 2 images");
      for (int row : last) {
        assertThat(keeps(rows, block, row)).isTrue();
        assertThat(flips(rows, block, row)).noneMatch(flip -> flip.key().equals("prune.ratio"));
      }
    }
  }

  /**
   * Ten distances, ranks 4 and 5 of which stay at 0.2: [rint(5 - 10 r / 2), rint(5 + 10 r / 2)).
   */
  @Test
  void moderate_theTurns_areThoseOfItsRanks() {
    try (Scope scope = Scope.open()) {
      double[] values = {0, 1, 2, 3, 4, 6, 8, 10, 12, 14};
      Scores scores = new Scores("distance to class median", values, List.of());
      PruneConfig block = PruneConfig.of(Method.MODERATE, 0.2);
      Reselection again = Reselection.of(scores, new int[10], 0);
      // rank 0 stays from rint(5 - 5 r) = 0 on: r > 0.9, as 0.5 rounds to the even 0
      assertThat(Flips.of(again, block, 0))
          .containsExactly(new Flip("prune.ratio", 0.2, 0.9, 0.8999, true));
      // rank 4 stays while rint(5 - 5 r) <= 4: r >= 0.1 is 4.5, which rounds to 4
      assertThat(Flips.of(again, block, 4))
          .containsExactly(new Flip("prune.ratio", 0.2, 0.0999, 0.1, false));
      // rank 5 is the middle one, which always stays
      assertThat(Flips.of(again, block, 5)).isEmpty();
    }
  }

  /** Ten thousandths up to a thousand rows, then a tenth of a row or less. */
  @Test
  void values_areATenthOfARowApart_orLess() {
    for (int n : new int[] {1000, 1001}) {
      double[] values = IntStream.range(0, n).mapToDouble(i -> i).toArray();
      Scores scores = new Scores("distance to class median", values, List.of());
      Reselection again = Reselection.of(scores, new int[n], 0);
      Flip flip = Flips.of(again, PruneConfig.of(Method.MODERATE, 0.2), 0).get(0);
      assertThat(flip.flips() - flip.stays())
          .isCloseTo(n == 1000 ? 1e-4 : 1e-5, org.assertj.core.data.Offset.offset(1e-12));
    }
  }

  @Test
  void nearDuplicates_theTurn_isOneMinusTheCosine() {
    try (Scope scope = Scope.open()) {
      // the second is nearest to the mean, so that the first comes before it; cos = 0.8
      Rows rows = new TensorRows(Tensors.of(new double[] {1, 0, 0.8, 0.6}, 2, 2), new int[2]);
      PruneConfig block = steps(1, new Duplicates(0.5, 1, null, null));
      int dropped = keeps(rows, block, 0) ? 1 : 0;
      Flip flip = flips(rows, block, dropped).get(0);
      assertThat(flip.key()).isEqualTo("prune.steps[0].eps");
      assertThat(flip.stays() - flip.flips())
          .isCloseTo(1e-4, org.assertj.core.data.Offset.offset(1e-12));
      assertThat(0.2).isBetween(flip.flips() - 1e-12, flip.stays() + 1e-12);
    }
  }

  @Test
  void reselection_withWhatWasFoundOut_selectsAsAnew() {
    try (Scope scope = Scope.open()) {
      Rows rows = twice();
      for (PruneConfig block :
          List.of(
              PruneConfig.of(Method.GAUSSIAN, 0.3),
              steps(0.2, new Duplicates(0.01, 1, null, null), new KCenter(null, null, null)),
              steps(
                  0.2, new Clusters(3, null, null, 0.5, null), new Facilities(null, null, 0.2)))) {
        Reselection again = Reselection.of(rows, LOSSES, SEED, Progress.SILENT);
        for (double ratio : new double[] {0.2, 0.5, 0.1, 1, 0.2}) {
          PruneConfig changed = block.with(ratio, block.steps());
          Pruning.Result expected = Pruning.select(rows, changed, SEED, Progress.SILENT);
          Pruning.Result found = again.select(changed);
          assertThat(found.kept()).containsExactly(expected.kept());
          assertThat(found.scores()).containsExactly(expected.scores());
          assertThat(found.reasons()).isEqualTo(expected.reasons());
        }
      }
    }
  }

  @Test
  void everythingKept_isScoredToFindWhatWouldDropIt() {
    try (Scope scope = Scope.open()) {
      Rows rows = twice();
      PruneConfig block = PruneConfig.of(Method.NEAREST_NEIGHBOURS, 1);
      List<Flip> flips = new ArrayList<>(flips(rows, block, 3));
      assertThat(flips).hasSize(1);
      assertTrue(rows, block, 3, flips);
    }
  }
}
