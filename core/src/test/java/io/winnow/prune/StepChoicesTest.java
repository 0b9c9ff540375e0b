package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.config.OrNull;
import io.winnow.prune.PruneStep.Clusters;
import io.winnow.prune.PruneStep.KCenter;
import io.winnow.prune.PruneStep.Preset;
import io.winnow.prune.PruneStep.Stratified;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which rows the steps of a block keep, row by row. */
class StepChoicesTest {
  private static final long SEED = 7;
  private static final RandomStreams RANDOM = RandomStreams.of(SEED);

  private static PruneConfig config(double ratio, PruneStep... steps) {
    return PruneConfig.of(Method.MODERATE, ratio).with(ratio, List.of(steps));
  }

  private static Pruning.Result run(double[] line, double ratio, PruneStep... steps) {
    return run(line, new int[line.length], config(ratio, steps));
  }

  private static Pruning.Result run(double[] line, int[] labels, PruneConfig config) {
    try (Scope scope = Scope.open()) {
      Rows rows = new TensorRows(Tensors.of(line, line.length, 1), labels);
      return Pruning.select(rows, config, SEED, Progress.SILENT);
    }
  }

  /** Rows 0 to 4 around 2, 5 to 7 around 102, and 8 alone. */
  private static final double[] THREE = {0, 1, 2, 3, 4, 100, 102, 104, 900};

  private static Pruning.Result clusters(
      @OrNull ClusterSelection keep, @OrNull PruneStep.Quota quota) {
    return run(THREE, 1, new Clusters(3, keep, quota, 0.5, null));
  }

  @Test
  void clusters_scoreByTheDistanceToTheirCentre() {
    assertThat(clusters(null, null).scores()).containsExactly(2, 1, 0, 1, 2, 2, 0, 2, 0);
  }

  /** Two of five, one of three, and the one that is alone. */
  @Test
  void clusters_byShare_keepItOfEachCluster_oneRowAtLeast() {
    for (PruneStep.Quota share : Arrays.asList(null, PruneStep.Quota.SHARE)) {
      assertThat(clusters(ClusterSelection.FURTHEST, share).kept()).containsExactly(0, 4, 7, 8);
      assertThat(clusters(ClusterSelection.NEAREST, share).kept()).containsExactly(1, 2, 6, 8);
    }
    assertThat(clusters(null, null).kept())
        .as("the middle where nothing is said")
        .containsExactly(clusters(ClusterSelection.MIDDLE, null).kept());
  }

  /** Five of nine: one of the single one, two of each of the others. */
  @Test
  void clusters_byNumber_keepTheSameOfEach_asFarAsItHasThem() {
    assertThat(clusters(ClusterSelection.FURTHEST, PruneStep.Quota.EQUAL).kept())
        .containsExactly(0, 4, 5, 7, 8);
  }

  @Test
  void clusters_withoutAQuota_keepByTheDistancesOfAll() {
    assertThat(clusters(ClusterSelection.FURTHEST, PruneStep.Quota.NONE).kept())
        .containsExactly(0, 3, 4, 5, 7);
    assertThat(clusters(ClusterSelection.NEAREST, PruneStep.Quota.NONE).kept())
        .containsExactly(1, 2, 3, 6, 8);
  }

  private static int[] rows(Pruning.Result result, Predicate<String> reason) {
    return IntStream.range(0, result.reasons().length)
        .filter(row -> reason.test(result.reasons()[row]))
        .toArray();
  }

  /** Ten of twenty by chance, then two of five by the rule and three by the smallest draws. */
  @Test
  void randomShare_isOfTheSmallestDrawsAmongWhatTheRuleLeft() {
    double[] line = IntStream.range(0, 20).mapToDouble(i -> i * i).toArray();
    Pruning.Result result =
        run(line, 0.25, new Preset(Method.UNIFORM, 0.5, null), new KCenter(null, null, 0.6));
    assertThat(rows(result, reason -> reason.startsWith("step 2, k-center: kept, "))).hasSize(2);
    int[] drawn = rows(result, "step 2, k-center: kept by chance"::equals);
    int[] left = rows(result, "step 2, k-center: dropped"::equals);
    assertThat(drawn).hasSize(3);
    assertThat(left).hasSize(5);
    double most = draws(drawn).max().orElseThrow();
    assertThat(draws(left)).allMatch(draw -> draw > most);
    assertThat(result.kept()).hasSize(5).contains(drawn);
  }

  private static DoubleStream draws(int[] rows) {
    return IntStream.of(rows).mapToDouble(row -> RANDOM.uniform("prune.step", 2, row));
  }

  /** Distances 0 to 99 around 99: without the largest fifth, two of each of ten strata. */
  @Test
  void strata_drawAsManyOfEach_fromWhatIsLeftWithoutTheLargest() {
    double[] line = IntStream.range(0, 199).mapToDouble(i -> i).toArray();
    Pruning.Result drawn =
        run(line, 0.1, new Clusters(1, null, null, 1.0, null), new Stratified(0.2, 10, null, null));
    assertThat(drawn.kept()).hasSize(20);
    assertThat(IntStream.of(drawn.kept())).allMatch(row -> drawn.scores()[row] <= 80);
    for (int stratum = 0; stratum < 10; stratum++) { // edges at 8.0008, 16.0016, ...
      double above = stratum == 0 ? -1 : 8 * stratum;
      double to = 8 * stratum + 8;
      IntPredicate inside = row -> drawn.scores()[row] > above && drawn.scores()[row] <= to;
      int[] smallest =
          IntStream.range(0, 199)
              .filter(row -> row != 179) // as far as row 19, of which one is over
              .filter(inside)
              .boxed()
              .sorted(Comparator.comparingDouble(row -> RANDOM.uniform("prune.strata", row)))
              .limit(2)
              .mapToInt(row -> row)
              .sorted()
              .toArray();
      assertThat(IntStream.of(drawn.kept()).filter(inside).toArray()).containsExactly(smallest);
    }
  }

  @Test
  void remaining_asManyAsTheBlockAsksFor_isNotNoted() {
    double[] line = IntStream.range(0, 20).mapToDouble(i -> i * i).toArray();
    PruneStep half = new Preset(Method.UNIFORM, 0.5, null);
    Pruning.Result result = run(line, 0.5, half, new KCenter(null, null, null));
    assertThat(result.kept()).hasSize(10);
    assertThat(result.notes()).isEmpty();
    assertThat(run(line, 0.55, half, new KCenter(null, null, null)).notes()).hasSize(1);
  }

  /** Of five rows of class 0 and one of class 1; two of six are nearest and farthest in all. */
  @Test
  void greedySteps_chooseInTheirOwnScope_orInThatOfTheBlock() {
    double[] line = {0, 100, 50, 25, 75, 51};
    int[] labels = {0, 0, 0, 0, 0, 1};
    assertThat(run(line, labels, config(1 / 3.0, new KCenter(null, null, null))).kept())
        .containsExactly(0, 2, 5);
    assertThat(run(line, labels, config(1 / 3.0, new KCenter(Grouping.GLOBAL, null, null))).kept())
        .containsExactly(0, 2);
  }

  /** What one row is asked about is what a selection of all of them says, step by step. */
  @Test
  void keeps_saysOfARow_whetherItRemainsAfterSoManySteps() {
    double[] line = IntStream.range(0, 20).mapToDouble(i -> i * i).toArray();
    PruneStep half = new Preset(Method.UNIFORM, 0.5, null);
    PruneStep few = new KCenter(null, 0.4, null);
    int[] first = run(line, 1, half).kept();
    int[] both = run(line, 1, half, few).kept();
    assertThat(both).hasSize(4);
    PruneConfig config = config(1, half, few);
    try (Scope scope = Scope.open()) {
      Rows rows = new TensorRows(Tensors.of(line, 20, 1), new int[20]);
      Reselection again = Reselection.of(rows, ImageLosses.NONE, SEED, Progress.SILENT);
      for (int row = 0; row < 20; row++) {
        boolean afterOne = Arrays.binarySearch(first, row) >= 0;
        assertThat(again.keeps(config, row, 1)).as("row %d", row).isEqualTo(afterOne);
        boolean afterBoth = Arrays.binarySearch(both, row) >= 0;
        assertThat(again.keeps(config, row, 2)).as("row %d", row).isEqualTo(afterBoth);
      }
    }
  }
}
