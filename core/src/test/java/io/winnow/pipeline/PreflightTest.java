package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is refused before the first stage, by the stage that it would end. */
class PreflightTest {
  @TempDir Path folder;
  private RunData data;

  /** Five cats and three dogs of 4 x 4 pixels. */
  @BeforeEach
  void images() {
    SmallSet.images(folder.resolve("set"), "cat", 5);
    SmallSet.images(folder.resolve("set"), "dog", 3);
    data = SmallSet.open(folder.resolve("set"), folder.resolve("run"));
  }

  @AfterEach
  void close() {
    data.close();
  }

  private Recipe recipe(String... sets) {
    return SmallSet.recipe(folder.resolve("set"), List.of("evaluate.metrics=[fd]"), sets).value();
  }

  private void refused(String message, StageId stage, String... sets) {
    assertThatThrownBy(() -> check(stage, sets))
        .as(stage.word())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  private void passes(StageId stage, String... sets) {
    assertThatCode(() -> check(stage, sets)).as(stage.word()).doesNotThrowAnyException();
  }

  private void check(StageId stage, String... sets) {
    Preflight.check(recipe(sets), data, null, null, List.of(stage));
  }

  @Test
  void reference_thatIsNamedAndNeeded_mustBeAFolder() {
    String nowhere = "reweight.reference.path=" + folder.resolve("nowhere");
    refused("reweight.reference.path: " + folder.resolve("nowhere"), StageId.REWEIGHT, nowhere);
    passes(StageId.REWEIGHT, "reweight.reference.path=" + folder.resolve("run"));
    passes(StageId.REWEIGHT, nowhere, "reweight.settings.rule=group-dro");
    passes(StageId.REWEIGHT);
    passes(StageId.TRAIN, nowhere);
  }

  /** Four pixels are halved twice, not three times. */
  @Test
  void network_mustFitTheImages_forEveryTraining() {
    String deep = "model.multipliers=[1, 1, 1, 1]";
    for (StageId stage :
        List.of(StageId.REWEIGHT, StageId.REFERENCE, StageId.TRAIN, StageId.TRAIN_UNWEIGHTED)) {
      refused("4 x 4", stage, deep);
      passes(stage);
    }
    passes(StageId.SAMPLE, deep);
    passes(StageId.ENCODE, deep);
  }

  @Test
  void modelOfLatents_wantsAnAutoencoder() {
    refused(
        "latents: absent, but the model denoises latents",
        StageId.TRAIN,
        "model={type: mdt, version: 2, space: latents, patch: 2, width: 8, depth: 2, heads: 1,"
            + " decodeLayer: 1, learnSigma: false}",
        "latents=null");
  }

  @Test
  void guidance_wantsClasses_andAtMostTheChannelsThereAre() {
    for (StageId stage : List.of(StageId.SAMPLE, StageId.SAMPLE_UNWEIGHTED)) {
      refused(
          "sample.guidanceWeight: 0.3", stage, "model.classes=none", "sample.guidanceWeight=0.3");
      passes(stage, "model.classes=none", "sample.guidanceWeight=0");
      passes(stage, "sample.guidanceWeight=0.3");
      String four = "sample.powerCosine={power: 4, channels: 4}";
      refused("sample.powerCosine.channels: 4", stage, four, "sample.guidanceWeight=2.8");
    }
    passes(StageId.TRAIN, "model.classes=none", "sample.guidanceWeight=0.3");
  }

  @Test
  void sampler_mustGoWithTheSchedule() {
    refused("sample.sampler: ", StageId.SAMPLE, "sample.sampler.steps=1001");
    passes(StageId.SAMPLE, "sample.sampler.steps=1000");
  }

  @Test
  void distancesByClass_wantTwoSamplesOfEach() {
    String metrics = "evaluate.metrics=[class-fd]";
    refused(
        "sample.count: 3 samples of 2 classes, but class-fd needs 2 of each. Draw at least 4, or",
        StageId.EVALUATE,
        metrics,
        "sample.count=3");
    passes(StageId.EVALUATE, metrics, "sample.count=4");
    // of 4 samples in proportion dogs get 1.5, of 5 1.9, rounded down or up
    refused(
        "Draw more, or with sample.labels: balanced, or take class-fd out of",
        StageId.EVALUATE,
        metrics,
        "sample.labels=data",
        "sample.count=3");
    passes(StageId.EVALUATE, metrics, "sample.labels=data", "sample.count=6");
    passes(StageId.EVALUATE, "evaluate.metrics=[fd]", "sample.count=1");
  }

  @Test
  void metricsByClass_wantAModelThatIsToldClasses() {
    String none = "model.classes=none";
    refused(
        "class-fd needs samples of known", StageId.EVALUATE, none, "evaluate.metrics=[class-fd]");
    refused(
        "class-agreement needs samples of known",
        StageId.EVALUATE,
        none,
        "evaluate.metrics=[class-agreement]");
    passes(StageId.EVALUATE, none, "evaluate.metrics=[fd]");
    passes(
        StageId.EVALUATE, none, "evaluate.metrics=[fd, class-fd, class-agreement, memorisation]");
  }

  @Test
  void files_thatTheEvaluationWants_mustBeThere() {
    refused(
        "evaluate.weights: ",
        StageId.EVALUATE,
        "evaluate.metrics=[fid]",
        "evaluate.weights={fid-inception: " + folder.resolve("none.pth") + "}");
    refused(
        "evaluate.weights: no file for fid-inception", StageId.EVALUATE, "evaluate.metrics=[fid]");
    SmallSet.images(folder.resolve("other"), "cat", 2);
    refused(
        "evaluate.reference: ", StageId.EVALUATE, "evaluate.reference=" + folder.resolve("other"));
  }
}
