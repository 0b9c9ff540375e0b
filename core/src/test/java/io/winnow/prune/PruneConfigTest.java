package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import java.util.List;
import org.junit.jupiter.api.Test;

class PruneConfigTest {
  private static PruneConfig config(Method method, Covariance covariance, int pca, double reg) {
    PruneConfig c = PruneConfig.of(method, 0.5);
    return new PruneConfig(
        method,
        0.5,
        c.scope(),
        Grouping.GLOBAL,
        c.rule(),
        covariance,
        pca,
        Center.MEAN,
        c.window(),
        c.quota(),
        reg,
        null);
  }

  private static String scoring(Method method, Covariance covariance, int pca) {
    return config(method, covariance, pca, 0.25).scoring();
  }

  @Test
  void scoring_hasWhatTheScoresDependOn_andNothingElse() {
    Covariance plain = Covariance.PLAIN;
    assertThat(scoring(Method.UNIFORM, plain, 3)).isEqualTo("none");
    assertThat(scoring(Method.GAUSSIAN, plain, 3))
        .isEqualTo("gaussian, fit global, covariance plain, reg 0.25, 3 principal directions");
    assertThat(scoring(Method.GAUSSIAN, Covariance.LEDOIT_WOLF, 0))
        .isEqualTo("gaussian, fit global, covariance ledoit-wolf");
    assertThat(scoring(Method.GAUSSIAN, Covariance.OAS, 0))
        .isEqualTo("gaussian, fit global, covariance oas");
    assertThat(scoring(Method.PPCA, plain, 1))
        .isEqualTo("ppca, fit global, 1 principal directions");
    assertThat(scoring(Method.NEAREST_NEIGHBOURS, plain, 0))
        .isEqualTo("nearest-neighbours, fit global");
    assertThat(scoring(Method.MODERATE, plain, 2))
        .isEqualTo("distance to class mean, 2 principal directions");
    assertThat(scoring(Method.MODERATE_OFFICIAL, plain, 0)).isEqualTo("distance to class median");
  }

  @Test
  void pca_projectsBeforeItScores() {
    try (Scope scope = Scope.open()) {
      Rows rows = new TensorRows(RandomStreams.of(1).normal(new long[] {9, 4}, "z"), new int[9]);
      PruneConfig config = config(Method.MODERATE, Covariance.PLAIN, 2, 0);
      double[] expected =
          new ModerateScorer(Center.MEAN).score(PcaRows.of(rows, 2), Progress.SILENT);
      assertThat(Pruning.score(rows, config, Progress.SILENT).values()).containsExactly(expected);
    }
  }

  @Test
  void scores_ofAnotherNumberOfImages_areRefused() {
    Scores two = new Scores("none", new double[2], List.of());
    PruneConfig uniform = PruneConfig.of(Method.UNIFORM, 0.5);
    assertThatThrownBy(() -> Pruning.select(two, new int[3], uniform, 1))
        .hasMessage("prune: 2 scores for 3 images; expected one each. Score again.");
  }

  @Test
  void labelsAlone_areEnoughToDraw_andHaveNoFeatures() {
    Rows labels = new LabelsOnly(new int[] {0, 0, 1, 1});
    assertThat(labels.dimension()).isZero();
    PruneConfig uniform = PruneConfig.of(Method.UNIFORM, 0.5);
    assertThat(Pruning.select(labels, uniform, 1, Progress.SILENT).kept()).hasSize(2);
    assertThat(Reselection.of(labels, ImageLosses.NONE, 1, Progress.SILENT).count()).isEqualTo(4);
    assertThatThrownBy(() -> labels.gather(new int[1]))
        .hasMessage("uniform selection reads no features");
  }

  @Test
  void uniform_hasNeitherScorerNorRule() {
    PruneConfig uniform = PruneConfig.of(Method.UNIFORM, 0.5);
    assertThatThrownBy(uniform::scorer).hasMessage("uniform selection has no scores");
    assertThatThrownBy(uniform::selection).hasMessage("uniform selection has no scores");
  }

  @Test
  void features_areReadForAScoreAlone_andDrawsAreThoseOfUniformAndOfSteps() {
    assertThat(PruneConfig.of(Method.GAUSSIAN, 0.5).readsFeatures()).isTrue();
    assertThat(PruneConfig.of(Method.GAUSSIAN, 1).readsFeatures()).isFalse();
    assertThat(PruneConfig.of(Method.UNIFORM, 0.5).readsFeatures()).isFalse();
    assertThat(PruneConfig.of(Method.GAUSSIAN, 0.5).draws()).isFalse();
    assertThat(PruneConfig.of(Method.UNIFORM, 0.5).draws()).isTrue();
    assertThat(PruneConfig.of(Method.UNIFORM, 1).draws()).isFalse();
    PruneStep drawn = new PruneStep.Preset(Method.UNIFORM, null, null);
    PruneConfig steps = PruneConfig.of(Method.GAUSSIAN, 0.5).with(0.5, List.of(drawn));
    assertThat(steps.readsFeatures()).isFalse();
    assertThat(steps.draws()).isTrue();
    assertThat(steps.models()).isEmpty();
    assertThat(PruneConfig.of(Method.GAUSSIAN, 0.5).models()).isEmpty();
  }

  @Test
  void models_areThoseOfAllSteps_eachOnce() {
    PruneStep margin = new PruneStep.Losses("net", "base", null, null, null, null, null);
    PruneStep difficulty = new PruneStep.Losses("base", null, null, null, null, null, null);
    PruneStep drawn = new PruneStep.Preset(Method.UNIFORM, null, null);
    PruneConfig config = PruneConfig.of(Method.GAUSSIAN, 0.5);
    assertThat(config.with(0.5, List.of(drawn, margin, difficulty)).models())
        .containsExactly("net", "base");
  }

  @Test
  void numbers_outsideTheirRange_areRefused() {
    assertThat(config(Method.GAUSSIAN, Covariance.PLAIN, 0, 0).reg()).isZero();
    assertThatThrownBy(() -> config(Method.GAUSSIAN, Covariance.PLAIN, -1, 0))
        .hasMessageStartingWith("pca is -1, but must be 0");
    for (double reg : new double[] {-1e-9, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> config(Method.GAUSSIAN, Covariance.PLAIN, 0, reg))
          .hasMessageStartingWith("reg is " + reg);
    }
    assertThatThrownBy(() -> PruneConfig.of(Method.UNIFORM, 100))
        .hasMessage("ratio is 100, but must be a fraction in (0, 1]. Write 1 to keep 100 %.");
    assertThatThrownBy(() -> PruneConfig.of(Method.UNIFORM, 100.5))
        .hasMessage("ratio is 100.5, but must be a fraction in (0, 1]. Write 0.2 to keep 20 %.");
  }
}
