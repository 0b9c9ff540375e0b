package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.artifact.RunLayout;
import io.winnow.prune.Grouping;
import io.winnow.prune.ImageLosses;
import io.winnow.prune.LabelsOnly;
import io.winnow.prune.Method;
import io.winnow.prune.PruneConfig;
import io.winnow.prune.PruneStep;
import io.winnow.prune.Pruning;
import io.winnow.prune.RankRule;
import io.winnow.prune.Scores;
import io.winnow.task.HeardProgress;
import io.winnow.task.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Six cats and four dogs whose only feature is their number. */
class PruneStageTest {
  private static final EncoderIdentity E = new EncoderIdentity("e", "net", "w", "resize", 1);

  @TempDir Path folder;
  private RunData data;
  private RunLayout run;
  private int opened;
  private final HeardProgress heard = new HeardProgress();

  @BeforeEach
  void images() {
    SmallSet.images(folder.resolve("set"), "cat", 6);
    SmallSet.images(folder.resolve("set"), "dog", 4);
    data = SmallSet.open(folder.resolve("set"), folder.resolve("run"));
    run = new RunLayout(folder.resolve("run"));
  }

  @AfterEach
  void close() {
    data.close();
  }

  private PruneStage stage(PruneConfig config) {
    return new PruneStage(data, config, 3, run, ImageLosses.NONE, heard);
  }

  private Features features() {
    opened++;
    float[][] rows = new float[10][1];
    IntStream.range(0, 10).forEach(i -> rows[i][0] = i * i);
    return Features.of(rows, data.inventory().ids(), data.labels(), data.dataset().classes(), E);
  }

  private static Features none() {
    throw new AssertionError("features are asked for");
  }

  private static PruneConfig steps(PruneStep... steps) {
    PruneConfig of = PruneConfig.of(Method.MODERATE, 0.5);
    return new PruneConfig(
        of.method(),
        0.5,
        of.scope(),
        of.fit(),
        of.rule(),
        of.covariance(),
        of.pca(),
        of.center(),
        of.window(),
        of.quota(),
        of.reg(),
        List.of(steps));
  }

  @Test
  void methods_lookAtFeatures_andScoreApart_orDoNot() {
    PruneConfig method = PruneConfig.of(Method.MODERATE, 0.5);
    PruneConfig drawn = PruneConfig.of(Method.UNIFORM, 0.5);
    PruneConfig blind = steps(new PruneStep.Preset(Method.UNIFORM, null, null));
    PruneConfig seeing = steps(new PruneStep.Preset(Method.MODERATE, null, null));
    assertThat(List.of(method, drawn, blind, seeing))
        .extracting(PruneStage::needsFeatures)
        .containsExactly(true, false, false, true);
    assertThat(List.of(method, drawn, blind, seeing))
        .extracting(PruneStage::scoresApart)
        .containsExactly(true, false, false, false);
  }

  /** What the stage finds is what the method finds of the same rows; scores are kept between. */
  @Test
  void scores_areOfTheFeatures_andTheSelectionIsOfThem() {
    PruneConfig config = PruneConfig.of(Method.MODERATE, 0.5);
    PruneStage stage = stage(config);
    assertThat(stage.score(this::features).images()).isZero();
    Scores scores = Scores.read(run.scores());
    assertThat(scores.scoring()).isEqualTo(stage.scoring()).isEqualTo(config.scoring());
    // distances to the medians 6.5 (of 0, 1, 4, 9, 16, 25) and 56.5 (of 36, 49, 64, 81)
    assertThat(scores.values())
        .containsExactly(6.5, 5.5, 2.5, 2.5, 9.5, 18.5, 20.5, 7.5, 7.5, 24.5);
    assertThat(opened).isEqualTo(1);
    StageOutcome outcome = stage.select("encoder's", PruneStageTest::none);
    Coreset coreset = CoresetFiles.read(run.folder());
    Pruning.Result plain = Pruning.select(scores, data.labels(), config, 3);
    assertThat(coreset.kept()).isEqualTo(plain.kept()).containsExactly(0, 1, 6, 8);
    assertThat(coreset.selection().seed()).isEqualTo(3);
    assertThat(coreset.selection().encoderHash()).isEqualTo("encoder's");
    assertThat(run.gallery()).exists();
    assertThat(outcome.images()).isZero();
    assertThat(outcome.note())
        .isEqualTo(plain.notes().isEmpty() ? null : String.join(" ", plain.notes()));
    assertThat(heard.lines()).endsWith("note prune: kept 4 of 10 images in 2 classes");
  }

  @Test
  void notesOfTheScorer_andOfTheSelection_areSaidAndRecorded() {
    SmallSet.images(folder.resolve("other"), "one", 1);
    SmallSet.images(folder.resolve("other"), "two", 7);
    try (RunData few = SmallSet.open(folder.resolve("other"), run.folder())) {
      List<String> said = new ArrayList<>();
      PruneConfig config = PruneConfig.of(Method.GAUSSIAN, 0.3);
      PruneStage stage = new PruneStage(few, config, 3, run, ImageLosses.NONE, heard);
      float[][] rows = new float[8][1];
      IntStream.range(0, 8).forEach(i -> rows[i][0] = i * i);
      Supplier<Features> features =
          () -> Features.of(rows, few.inventory().ids(), few.labels(), few.dataset().classes(), E);
      StageOutcome scored = stage.score(features);
      Scores scores = Scores.read(run.scores());
      assertThat(scores.notes()).isNotEmpty();
      scores.notes().forEach(note -> said.add("note score: " + note));
      assertThat(scored.note()).isEqualTo(String.join(" ", scores.notes()));
      StageOutcome selected = stage.select("e", PruneStageTest::none);
      List<String> notes = CoresetFiles.read(run.folder()).selection().notes();
      assertThat(notes).isNotEmpty();
      notes.forEach(note -> said.add("note prune: " + note));
      assertThat(selected.note()).isEqualTo(String.join(" ", notes));
      assertThat(heard.lines()).containsSubsequence(said);
    }
  }

  @Test
  void drawing_looksAtLabelsAlone() {
    PruneConfig config = PruneConfig.of(Method.UNIFORM, 0.5);
    stage(config).select(null, PruneStageTest::none);
    Coreset coreset = CoresetFiles.read(run.folder());
    assertThat(coreset.selection().keptByClass()).isEqualTo(Map.of("cat", 3, "dog", 2));
    assertThat(coreset.selection().encoderHash()).isNull();
    assertThat(coreset.kept())
        .isEqualTo(
            Pruning.select(new LabelsOnly(data.labels()), config, 3, Progress.SILENT).kept());
  }

  @Test
  void steps_readFeaturesAsTheySelect() {
    stage(steps(new PruneStep.Preset(Method.MODERATE, null, null))).select("e", this::features);
    assertThat(opened).isEqualTo(1);
    assertThat(CoresetFiles.read(run.folder()).kept()).containsExactly(0, 1, 6, 8);
    assertThat(run.scores()).doesNotExist();
  }

  /** Image i costs "m" i: alone, and after a step by features. */
  @Test
  void steps_areGivenTheLossesOfImages_besideFeaturesAndWithout() {
    ImageLosses losses =
        (model, levels) -> {
          assertThat(model + " at " + levels).isEqualTo("m at 5");
          return new double[][] {IntStream.range(0, 10).asDoubleStream().toArray()};
        };
    PruneStep highest =
        new PruneStep.Losses("m", null, 5, RankRule.HIGHEST, Grouping.GLOBAL, null, null);
    PruneConfig alone = steps(highest);
    new PruneStage(data, alone, 3, run, losses, heard).select(null, PruneStageTest::none);
    assertThat(CoresetFiles.read(run.folder()).kept()).containsExactly(5, 6, 7, 8, 9);
    PruneStep moderate = new PruneStep.Preset(Method.MODERATE, 0.5, null); // 0, 1, 6, 8
    PruneConfig both = alone.with(0.2, List.of(moderate, highest));
    new PruneStage(data, both, 3, run, losses, heard).select("e", this::features);
    assertThat(CoresetFiles.read(run.folder()).kept()).containsExactly(6, 8);
  }

  @Test
  void discarding_removesTheSelection_andLeavesTheScores() {
    PruneStage stage = stage(PruneConfig.of(Method.MODERATE, 0.5));
    stage.score(this::features);
    stage.select("e", PruneStageTest::none);
    List<Path> selection = List.of(run.selection(), run.coreset(), run.kept(), run.dropped());
    assertThat(selection).allSatisfy(path -> assertThat(path).exists());
    stage.discardSelection();
    assertThat(selection).allSatisfy(path -> assertThat(path).doesNotExist());
    assertThat(run.exports()).doesNotExist();
    assertThat(run.scores()).exists();
  }
}
