package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.artifact.RunRecord;
import io.winnow.artifact.SpeedUps;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The list of stages that pipeline, checks and speed-ups read. */
class RunPlanTest {
  private static List<String> plan(Stage until, String... overrides) {
    List<String> all = new ArrayList<>(List.of("dataset.path=x", "prune.method=gaussian"));
    all.addAll(List.of(overrides));
    return RunPlan.of(Recipe.read(null, all).value(), until).stream().map(StageId::word).toList();
  }

  @Test
  void everything_isInTheOrderOfTheMethod() {
    assertThat(plan(Stage.EVALUATE, "reweight.baseline=true"))
        .containsExactly(
            "encoder",
            "encode",
            "score",
            "prune",
            "reference",
            "reweight",
            "train",
            "train-unweighted",
            "sample",
            "sample-unweighted",
            "judge",
            "evaluate");
  }

  @Test
  void goal_endsTheList() {
    String baseline = "reweight.baseline=true";
    assertThat(plan(Stage.ENCODE, baseline)).containsExactly("encoder", "encode");
    assertThat(plan(Stage.PRUNE, baseline)).endsWith("score", "prune");
    assertThat(plan(Stage.REWEIGHT, baseline)).endsWith("reference", "reweight");
    assertThat(plan(Stage.TRAIN, baseline)).endsWith("train", "train-unweighted");
    assertThat(plan(Stage.SAMPLE, baseline)).endsWith("train-unweighted", "sample");
  }

  @Test
  void stages_thatARecipeDoesNotWant_areLeftOut() {
    assertThat(plan(Stage.REWEIGHT, "reweight.reference.path=r")).endsWith("prune", "reweight");
    assertThat(plan(Stage.REWEIGHT, "reweight.settings.rule=group-dro"))
        .endsWith("prune", "reweight");
    assertThat(plan(Stage.REWEIGHT, "reweight.settings.rule=inverse-frequency"))
        .endsWith("prune", "reweight");
    assertThat(plan(Stage.TRAIN, "reweight.enabled=false", "reweight.baseline=true"))
        .endsWith("prune", "train");
    assertThat(plan(Stage.PRUNE, "encode.encoder=resnet50", "encode.weights=w.pth"))
        .containsExactly("encode", "score", "prune");
  }

  @Test
  void images_areEncodedWhereSomethingLooksAtFeatures() {
    String[] uniform = {"prune.method=uniform", "evaluate.metrics=[fid]"};
    assertThat(plan(Stage.ENCODE, uniform)).containsExactly("encoder", "encode");
    assertThat(plan(Stage.SAMPLE, uniform)).startsWith("prune");
    assertThat(plan(Stage.EVALUATE, uniform)).startsWith("prune");
    assertThat(plan(Stage.EVALUATE, "prune.method=uniform", "evaluate.metrics=[class-agreement]"))
        .startsWith("encoder", "encode", "prune");
  }

  /** What a stage's inputs ask of earlier stages is what it waits for. */
  @Test
  void stages_waitForThoseWhoseOutputsTheyTake() {
    Set<StageId> asked = EnumSet.noneOf(StageId.class);
    Recipe recipe = Recipe.read(null, List.of("dataset.path=x")).value();
    StageInputs inputs =
        new StageInputs(
            recipe,
            "images",
            stage -> {
              asked.add(stage);
              return Map.of();
            },
            path -> "");
    Map<StageId, Runnable> stages = new EnumMap<>(StageId.class);
    stages.put(StageId.ENCODER, inputs::encoder);
    stages.put(StageId.ENCODE, inputs::encode);
    stages.put(StageId.SCORE, inputs::score);
    stages.put(StageId.PRUNE, inputs::prune);
    stages.put(StageId.REFERENCE, () -> inputs.reference(recipe.train()));
    stages.put(StageId.REWEIGHT, () -> inputs.reweight(recipe.train(), Path.of("reference")));
    stages.put(StageId.TRAIN, () -> inputs.train(null, null));
    stages.put(StageId.SAMPLE, () -> inputs.sample(StageId.TRAIN, new int[0], null));
    stages.put(StageId.JUDGE, () -> inputs.judge(new Judges(recipe).shown(), images -> "identity"));
    stages.put(StageId.EVALUATE, () -> inputs.evaluate("", "", new int[0], true));
    stages.forEach(
        (id, ask) -> {
          asked.clear();
          ask.run();
          assertThat(RunPlan.before(id)).as(id.word()).containsAll(asked);
        });
  }

  /** Reference and proxy are the coreset's cost; encoding is where the method looks at features. */
  @Test
  void speedUp_endToEnd_countsThePreparationOfTheRun() {
    Map<String, RunRecord.Stage> stages = new LinkedHashMap<>();
    for (StageId id : StageId.values()) {
      stages.put(
          id.word(),
          new RunRecord.Stage(
              RunRecord.State.DONE, Map.of(), Map.of(), 1 << stages.size(), 10, "", null));
    }
    RunRecord record = new RunRecord("x", "r", stages, Map.of(), Map.of());
    assertThat(endToEnd(record, true).coresetSeconds()).isEqualTo(0b1110001111);
    assertThat(endToEnd(record, true).basis())
        .endsWith("train + encoder + encode + score + prune + reference + reweight");
    assertThat(endToEnd(record, false).coresetSeconds()).isEqualTo(0b1110001100);
    assertThat(endToEnd(record, false).coresetImages()).isEqualTo(50);
  }

  private static SpeedUps.SpeedUp endToEnd(RunRecord record, boolean encodingCounts) {
    return SpeedUpStage.of(
            record,
            Arrays.asList(StageId.values()),
            new SpeedUpStage.Full(100, false),
            encodingCounts)
        .speedUps()
        .get(1);
  }
}
