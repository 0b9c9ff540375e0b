package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.prune.PruneConfig.Rule;
import io.winnow.prune.PruneConfig.Window;
import io.winnow.task.Progress;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuotaTest {
  /** 1.5 and 1.2 of 2.7: floors 1 and 1, and the third to the larger remainder. */
  @Test
  void largestRemainder_goesByTheRemainders_tiesToTheLowerClass() {
    assertThat(Quota.LARGEST_REMAINDER.counts(new int[] {5, 4}, 0.3)).containsExactly(2, 1);
    assertThat(Quota.LARGEST_REMAINDER.counts(new int[] {4, 5}, 0.3)).containsExactly(1, 2);
    assertThat(Quota.LARGEST_REMAINDER.counts(new int[] {3, 3, 4}, 0.5)).containsExactly(2, 1, 2);
    assertThat(Quota.LARGEST_REMAINDER.counts(new int[] {9, 7, 8}, 0.4)).containsExactly(4, 3, 3);
  }

  /** Six in all: two of each, but the smallest class has one, and its lack goes to the largest. */
  @Test
  void equal_sharesWhatSmallClassesLack() {
    assertThat(Quota.EQUAL.counts(new int[] {6, 1, 5}, 0.5)).containsExactly(3, 1, 2);
    assertThat(Quota.EQUAL.counts(new int[] {4, 4}, 0.5)).containsExactly(2, 2);
  }

  @Test
  void round_goesHalfToEven_everyClassByItself() {
    assertThat(Quota.ROUND.counts(new int[] {5, 3, 1}, 0.5)).containsExactly(2, 2, 0);
    assertThat(Quota.ROUND.atLeastOne(new int[] {5, 3, 1, 0}, 0.5)).containsExactly(2, 2, 1, 0);
  }

  private static Pruning.Result uniform(int[] labels, double ratio) {
    try (Scope scope = Scope.open()) {
      Rows rows = new TensorRows(Tensors.of(new float[labels.length], labels.length, 1), labels);
      return Pruning.select(rows, PruneConfig.of(Method.UNIFORM, ratio), 1, Progress.SILENT);
    }
  }

  @Test
  void classesTooSmallForTheirShare_keepOneImage_andAreCounted() {
    assertThat(uniform(new int[] {0, 0, 0, 0, 1, 2}, 0.5).notes())
        .containsExactly(
            "2 classes are so small that their share rounds to none; one image each was kept.");
    assertThat(uniform(new int[] {0, 0, 0, 0, 1, 1}, 0.5).notes()).isEmpty();
  }

  private static Selection selection(Method method, Rule rule, Window window) {
    PruneConfig c = PruneConfig.of(method, 0.5);
    return new PruneConfig(
            method,
            c.ratio(),
            c.scope(),
            c.fit(),
            rule,
            c.covariance(),
            c.pca(),
            c.center(),
            window,
            c.quota(),
            c.reg(),
            null)
        .selection();
  }

  @Test
  void selection_followsMethodRuleAndWindow() {
    Rule strict = Rule.PERCENTILE_STRICT;
    for (Method density : List.of(Method.GAUSSIAN, Method.PPCA, Method.NEAREST_NEIGHBOURS)) {
      assertThat(selection(density, strict, Window.BAND)).isInstanceOf(PercentileStrict.class);
      assertThat(selection(density, Rule.TOPK, Window.BAND)).isInstanceOf(TopK.class);
    }
    assertThat(selection(Method.MODERATE, strict, Window.BAND)).isInstanceOf(CentralBand.class);
    assertThat(selection(Method.MODERATE, strict, Window.CLOSEST)).isInstanceOf(Closest.class);
    assertThat(selection(Method.MODERATE_OFFICIAL, strict, Window.CLOSEST))
        .isInstanceOf(CentralBand.class);
  }

  /** A group needs more rows than features, and more rows than neighbours. */
  @Test
  void notes_countTheGroupsThatAreTooSmall_noOthers() {
    int[] labels = {0, 0, 1, 1, 1, 2, 2, 2, 2};
    try (Scope scope = Scope.open()) {
      Rows rows = new TensorRows(Tensors.of(new float[27], 9, 3), labels);
      assertThat(new GaussianScorer(Grouping.CLASS, Covariance.PLAIN, 0).notes(rows).get(0))
          .startsWith("2 of 3 Gaussians have no more rows than the 3 features (fewest: 2)");
      assertThat(new NearestNeighbourScorer(Grouping.CLASS, 3).notes(rows).get(0))
          .startsWith("2 groups have fewer than 4 rows");
      assertThat(new NearestNeighbourScorer(Grouping.CLASS, 1).notes(rows)).isEmpty();
    }
  }
}
