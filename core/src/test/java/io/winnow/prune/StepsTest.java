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
import io.winnow.task.HeardProgress;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class StepsTest {
  private static final int N = 200;

  private static PruneConfig config(double ratio, PruneStep... steps) {
    PruneConfig c = PruneConfig.of(Method.MODERATE, ratio);
    return new PruneConfig(
        c.method(),
        ratio,
        c.scope(),
        c.fit(),
        c.rule(),
        c.covariance(),
        c.pca(),
        c.center(),
        c.window(),
        c.quota(),
        c.reg(),
        List.of(steps));
  }

  /** 100 rows in two classes, then the same ones again, a little longer. */
  private static Rows twice() {
    Tensor half = RandomStreams.of(1).normal(new long[] {N / 2, 6}, "z");
    Tensor both = torch.cat(new TensorVector(half, half.mul(new Scalar(1.5f))), 0);
    return new TensorRows(both, IntStream.range(0, N).map(i -> i % 2).toArray());
  }

  private static Pruning.Result run(Rows rows, PruneConfig config) {
    return Pruning.select(rows, config, 7, Progress.SILENT);
  }

  @Test
  void onePreset_isTheBlockWithoutSteps() {
    try (Scope scope = Scope.open()) {
      for (Method method : Method.values()) {
        int[] block = run(twice(), PruneConfig.of(method, 0.2)).kept();
        assertThat(run(twice(), config(0.2, new Preset(method, null, null))).kept())
            .as("%s", method)
            .containsExactly(block);
      }
    }
  }

  @Test
  void duplicates_thenModerate_keepNoPairAndTheBlocksShareOfAll() {
    try (Scope scope = Scope.open()) {
      Pruning.Result result =
          run(
              twice(),
              config(
                  0.2,
                  new Duplicates(0.001, 1, null, null),
                  new Preset(Method.MODERATE, null, null)));
      assertThat(result.kept()).hasSize(40);
      assertThat(IntStream.of(result.kept()).map(i -> i % (N / 2)).distinct()).hasSize(40);
      String[] reasons = result.reasons();
      assertThat(reasons).noneMatch(r -> r == null);
      assertThat(
              Arrays.stream(reasons).filter(r -> r.startsWith("step 1, near-duplicates: dropped")))
          .hasSize(N / 2);
      assertThat(reasons[result.kept()[0]]).startsWith("step 2, moderate: kept, score ");
      assertThat(Arrays.stream(reasons).filter(r -> r.startsWith("step 2, moderate: dropped")))
          .hasSize(60);
    }
  }

  @Test
  void everyStep_keepsItsShare_ascending_andTheSameTwice() {
    try (Scope scope = Scope.open()) {
      Rows rows = twice();
      for (PruneStep step :
          List.of(
              new Duplicates(null, 3, NearDuplicates.Keep.EASY, 0.25),
              new Duplicates(null, null, NearDuplicates.Keep.RANDOM, 0.25),
              new Clusters(4, null, PruneStep.Quota.NONE, 0.25, null),
              new Clusters(4, ClusterSelection.NEAREST, PruneStep.Quota.EQUAL, 0.25, null),
              new KCenter(null, 0.25, null),
              new Herded(Grouping.GLOBAL, 0.25, null),
              new Facilities(null, 0.25, null))) {
        int[] kept = run(rows, config(0.5, step)).kept();
        assertThat(kept).as("%s", step).hasSize(50).isSorted().doesNotHaveDuplicates();
        assertThat(run(rows, config(0.5, step)).kept()).containsExactly(kept);
      }
    }
  }

  @Test
  void clusters_byShare_keepEveryClustersShare() {
    try (Scope scope = Scope.open()) {
      Pruning.Result result =
          run(twice(), config(1, new Clusters(6, ClusterSelection.FURTHEST, null, 0.5, null)));
      assertThat(result.kept().length).isBetween(94, 100);
    }
  }

  @Test
  void strata_afterAScore_drawAcrossItsRange() {
    try (Scope scope = Scope.open()) {
      Rows rows = twice();
      PruneConfig config =
          config(0.1, new Preset(Method.MODERATE, 0.9, null), new Stratified(0.1, 5, null, null));
      Pruning.Result result = run(rows, config);
      assertThat(result.kept()).hasSize(20);
      double[] scores = Arrays.stream(result.kept()).mapToDouble(i -> result.scores()[i]).toArray();
      int[] strata = Strata.of(scores, 5);
      assertThat(Arrays.stream(strata).distinct().count()).isGreaterThanOrEqualTo(3);
    }
  }

  @Test
  void randomShare_drawsWhatTheRuleLeaves_andSaysSo() {
    try (Scope scope = Scope.open()) {
      Pruning.Result result = run(twice(), config(0.2, new KCenter(Grouping.GLOBAL, null, 0.25)));
      assertThat(result.kept()).hasSize(40);
      assertThat(Arrays.stream(result.reasons()).filter(r -> r.contains("kept by chance")))
          .hasSize(10);
      int[] all = run(twice(), config(0.2, new KCenter(null, null, 1.0))).kept();
      assertThat(all).hasSize(40);
    }
  }

  @Test
  void steps_thatLeaveTooFew_keepThemAllAndSaySo() {
    try (Scope scope = Scope.open()) {
      Pruning.Result result =
          run(
              twice(),
              config(
                  0.9,
                  new Duplicates(0.001, 1, null, null),
                  new Preset(Method.UNIFORM, null, null)));
      assertThat(result.kept()).hasSize(N / 2);
      assertThat(result.notes())
          .contains(
              "step 2 received 100 images, fewer than prune.ratio asks for, and kept them all.");
    }
  }

  /** Losses of row i under "model" i + 1 at one level, and 300 - i at two; of a reference 1, 2. */
  private static final ImageLosses LOSSES =
      (model, levels) -> {
        double[][] losses = new double[levels][N];
        for (double[] level : losses) {
          Arrays.setAll(
              level, i -> model.equals("reference") ? levels : levels == 1 ? i + 1 : 300 - i);
        }
        return losses;
      };

  private static Pruning.Result asked(PruneConfig config) {
    return Pruning.select(twice(), config, LOSSES, 7, Progress.SILENT);
  }

  /** Rows are in turn of classes 0 and 1: 100 each. */
  @Test
  void losses_ofImages_areRankedInsideTheirClasses() {
    try (Scope scope = Scope.open()) {
      Losses lowest = new Losses("model", null, 1, RankRule.LOWEST, null, null, null);
      assertThat(asked(config(0.02, lowest)).kept()).containsExactly(0, 1, 2, 3);
      Losses spread = new Losses("model", null, 1, null, null, null, null);
      Pruning.Result result = asked(config(0.02, spread));
      assertThat(result.kept()).containsExactly(0, 1, 100, 101);
      assertThat(result.scores()[99]).isEqualTo(100 / 100.5);
      assertThat(result.reasons()[100]).isEqualTo("step 1, diffusion-loss: kept, score 1.00498");
      Losses eight = new Losses("model", null, null, RankRule.LOWEST, Grouping.GLOBAL, null, null);
      assertThat(asked(config(0.015, eight)).kept()).containsExactly(197, 198, 199);
    }
  }

  /** The losses of the images that are left, by their place in the data set. */
  @Test
  void losses_afterAnotherStep_areThoseOfTheImagesThatAreLeft() {
    try (Scope scope = Scope.open()) {
      PruneConfig config =
          config(
              0.02,
              new Losses("model", null, 1, RankRule.HIGHEST, null, 0.5, null),
              new Losses("model", "reference", 2, null, Grouping.GLOBAL, null, null));
      Pruning.Result result = asked(config);
      assertThat(result.kept()).containsExactly(100, 101, 102, 103);
      assertThat(result.scores()[100]).isEqualTo(200 - 2);
      assertThat(config.models()).containsExactly("model", "reference");
      assertThat(config.readsFeatures()).isFalse();
    }
  }

  @Test
  void losses_withoutImages_orOfNoLevel_areRefused() {
    try (Scope scope = Scope.open()) {
      Losses step = new Losses("model", null, null, null, null, null, null);
      assertThatThrownBy(() -> run(twice(), config(0.5, step)))
          .hasMessage(
              "prune.steps: a step by the losses of model looks at images, and there are features"
                  + " alone; expected a recipe with a data set. Use winnow prune RECIPE or winnow"
                  + " run RECIPE.");
      assertThatThrownBy(() -> new Losses("model", null, 0, null, null, null, null))
          .hasMessage("levels is 0, but must be 1 or more noise levels; null for 8.");
    }
  }

  @Test
  void badInput_isRefusedInOneLine() {
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(() -> run(twice(), config(0.5, new Clusters(201, null, null, null, null))))
          .hasMessage("clusters: 201 of 200 images; expected 1 to 200. Ask for fewer clusters.");
      assertThatThrownBy(() -> run(twice(), config(0.5, new Stratified(null, null, null, null))))
          .hasMessageStartingWith("prune.steps: strata have no scores to cut; expected a step");
      assertThatThrownBy(() -> config(0.5)).hasMessageStartingWith("steps is an empty list.");
      assertThatThrownBy(() -> new Duplicates(0.1, null, null, 0.5))
          .hasMessageStartingWith("eps and ratio are both given.");
      assertThatThrownBy(() -> new Duplicates(3.0, null, null, null))
          .hasMessageStartingWith("eps is 3.0, but must be in [0, 2]");
      assertThatThrownBy(() -> new Duplicates(-1e-9, null, null, null))
          .hasMessageStartingWith("eps is -1.0E-9, but must be in [0, 2]");
      assertThatThrownBy(() -> new Duplicates(null, 0, null, null))
          .hasMessageStartingWith("clusters is 0, but must be 1 or more");
      assertThatThrownBy(() -> new Stratified(1.0, null, null, null))
          .hasMessageStartingWith("drop is 1.0, but must be in [0, 1)");
      assertThatThrownBy(() -> new Stratified(-1e-9, null, null, null))
          .hasMessageStartingWith("drop is -1.0E-9, but must be in [0, 1)");
      assertThatThrownBy(() -> new Stratified(null, 0, null, null))
          .hasMessageStartingWith("strata is 0, but must be 1 or more");
      assertThatThrownBy(() -> new Preset(Method.UNIFORM, 0.0, null))
          .hasMessageStartingWith("ratio is 0.0, but must be a fraction");
      assertThatThrownBy(() -> new Preset(Method.UNIFORM, null, -1e-9))
          .hasMessageStartingWith("random is -1.0E-9, but must be a fraction");
      assertThatThrownBy(() -> new Duplicates(null, null, null, 1.5))
          .hasMessageStartingWith("ratio is 1.5, but must be a fraction");
      assertThatThrownBy(() -> new Clusters(null, null, null, 1.5, null))
          .hasMessageStartingWith("ratio is 1.5, but must be a fraction");
      assertThatThrownBy(() -> new Stratified(null, null, 1.5, null))
          .hasMessageStartingWith("ratio is 1.5, but must be a fraction");
      assertThatThrownBy(() -> new Facilities(null, 1.5, null))
          .hasMessageStartingWith("ratio is 1.5, but must be a fraction");
      assertThatThrownBy(() -> new Losses("model", null, null, null, null, 1.5, null))
          .hasMessageStartingWith("ratio is 1.5, but must be a fraction");
      assertThatThrownBy(() -> new KCenter(null, 10.0, null))
          .hasMessageStartingWith("ratio is 10.0, but must be a fraction");
      assertThatThrownBy(() -> new Herded(null, null, 1.5))
          .hasMessageStartingWith("random is 1.5, but must be a fraction");
      assertThatThrownBy(() -> new Clusters(0, null, null, null, null))
          .hasMessageStartingWith("clusters is 0, but must be 1 or more");
    }
  }

  @Test
  void numbers_atTheEndsOfTheirRanges_areTaken() {
    assertThat(new Duplicates(0.0, 1, null, null).eps()).isZero();
    assertThat(new Duplicates(2.0, 1, null, null).eps()).isEqualTo(2);
    assertThat(new Stratified(0.0, 1, 1.0, 0.0).random()).isZero();
  }

  @Test
  void names_areThoseOfARecipe() {
    assertThat(new Preset(Method.NEAREST_NEIGHBOURS, null, null).name())
        .isEqualTo("nearest-neighbours");
    List<PruneStep> steps =
        List.of(
            new Duplicates(null, null, null, null),
            new Clusters(null, null, null, null, null),
            new Stratified(null, null, null, null),
            new KCenter(null, null, null),
            new Herded(null, null, null),
            new Facilities(null, null, null),
            new Losses("model", null, null, null, null, null, null));
    assertThat(steps.stream().map(PruneStep::name))
        .containsExactlyInAnyOrderElementsOf(StepNames.all());
    assertThat(steps.stream().filter(PruneStep::readsFeatures)).hasSize(5);
    assertThat(steps.stream().filter(step -> step.random() != null)).isEmpty();
  }

  @Test
  void clusters_areToldOfAsOneTask() {
    HeardProgress heard = new HeardProgress();
    try (Scope scope = Scope.open()) {
      PruneStep step = new Clusters(4, null, null, null, null);
      Pruning.select(twice(), config(0.5, step), 7, heard);
    }
    assertThat(heard.lines()).containsExactly("begin cluster 200 images, 0 done", "end");
  }

  /** What counts refuse is refused when it is done as well, and the rest is done. */
  @Test
  void whatCannotBe_isToldByCounts_beforeAnyFeature() {
    PruneStep tenth = new Preset(Method.UNIFORM, 0.1, null);
    PruneStep allScored = new Preset(Method.MODERATE, 1.0, null);
    PruneStep strata = new Stratified(0.1, 5, null, null);
    try (Scope scope = Scope.open()) {
      Rows rows = twice();
      for (PruneConfig wrong :
          List.of(
              config(0.1, clusters(201)),
              config(0.1, tenth, clusters(40)),
              config(0.1, tenth, new Duplicates(null, 40, null, 0.5)),
              config(0.1, new KCenter(null, null, null), clusters(40)),
              config(0.1, strata),
              config(0.1, allScored, strata),
              config(0.1, new Preset(Method.MODERATE, 0.5, 1.0), strata))) {
        assertThatThrownBy(() -> PossibleSteps.require(wrong, N, 2))
            .as("%s", wrong)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageStartingWith("prune.steps");
        assertThatThrownBy(() -> run(rows, wrong)).isInstanceOf(IllegalArgumentException.class);
      }
      for (PruneConfig right :
          List.of(
              PruneConfig.of(Method.UNIFORM, 0.1),
              config(0.1, clusters(200)),
              config(0.1, tenth, clusters(20)),
              config(0.1, new Duplicates(0.5, 200, null, null), clusters(20)),
              config(0.1, new Preset(Method.MODERATE, 0.5, null), strata),
              config(0.1, new KCenter(null, 0.5, null), tenth, strata),
              config(0.5, new KCenter(null, null, null), clusters(100)),
              config(0.1, new Stratified(0.1, 5, null, 1.0)))) {
        PossibleSteps.require(right, N, 2);
        run(rows, right);
      }
      PossibleSteps.require(config(0.1, new Duplicates(0.5, 1, null, null), clusters(N)), N, 2);
      PruneConfig many = config(0.1, tenth, clusters(40));
      assertThatThrownBy(() -> PossibleSteps.require(many, N, 2))
          .hasMessage(
              "prune.steps[1].clusters: 40, but at most 22 images reach the step; expected 1 to 22."
                  + " Ask for fewer clusters.");
    }
  }

  private static PruneStep clusters(int count) {
    return new Clusters(count, null, null, null, null);
  }

  @Test
  void clusterThatStaysEmpty_isNoted() {
    try (Scope scope = Scope.open()) {
      Rows same = new TensorRows(Tensors.of(new float[8], 4, 2), new int[4]);
      assertThat(run(same, config(0.5, new Clusters(3, null, null, null, null))).notes())
          .containsExactly(
              "step 1, clusters: 2 clusters stayed empty: fewer images differ than there are"
                  + " clusters.");
    }
  }
}
