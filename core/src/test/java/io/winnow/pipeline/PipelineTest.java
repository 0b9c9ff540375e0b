package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.artifact.SpeedUps;
import io.winnow.config.StrictYaml;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.task.HeardProgress;
import io.winnow.task.Interrupted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The course of a run over five cats and three dogs: which stages, when it stops, what it leaves.
 */
class PipelineTest {
  @TempDir Path folder;
  private final HeardProgress heard = new HeardProgress();

  @BeforeEach
  void images() {
    SmallSet.images(folder.resolve("set"), "cat", 5);
    SmallSet.images(folder.resolve("set"), "dog", 3);
  }

  private StrictYaml.Resolved<Recipe> recipe(String... sets) {
    List<String> base =
        List.of(
            "name=small",
            "compute={device: cpu, threads: 1}",
            "prune={method: uniform, ratio: 0.5}",
            "train={epochs: 1, batch: 4, warmupEpochs: 1}",
            "reweight.enabled=false",
            "sample={sampler: {steps: 2}, count: 4, batch: 4, guidanceWeight: 0}",
            "encode.training={width: 4, epochs: 1, batch: 4, cropPadding: 1, flip: false}",
            "evaluate.metrics=[fd]");
    return SmallSet.recipe(folder.resolve("set"), base, sets);
  }

  private Pipeline open(int stopAfter, String... sets) {
    int[] asked = {0};
    return Pipeline.open(recipe(sets), folder.resolve("run"), heard, () -> asked[0]++ >= stopAfter);
  }

  private RunRecord record() {
    return RunRecord.read(folder.resolve("run/run.json"));
  }

  @Test
  void run_endsWithItsGoal_andASecondOneDoesNothing() {
    try (Pipeline pipeline = open(Integer.MAX_VALUE)) {
      pipeline.run(Stage.PRUNE);
      assertThat(pipeline.record().stages()).containsOnlyKeys("prune");
      assertThat(pipeline.record().name()).isEqualTo("small");
    }
    assertThat(folder.resolve("run/model")).doesNotExist();
    assertThat(folder.resolve("run/diagnostics.json")).as("looked at once selected").exists();
    try (Pipeline pipeline = open(Integer.MAX_VALUE)) {
      pipeline.run(Stage.PRUNE);
    }
    assertThat(heard.lines()).last().isEqualTo("note prune: up to date");
  }

  @Test
  void wholeRun_leavesItsSpeedUps() {
    try (Pipeline pipeline = open(Integer.MAX_VALUE)) {
      pipeline.run(Stage.SAMPLE);
    }
    Path file = folder.resolve("run/speed-ups.json");
    assertThat(Files.exists(file)).isFalse();
    try (Pipeline pipeline = open(Integer.MAX_VALUE)) {
      pipeline.run(Stage.EVALUATE);
    }
    SpeedUps.SpeedUp training = SpeedUps.read(file).speedUps().get(0);
    assertThat(training.coresetImages()).isEqualTo(4);
    assertThat(training.fullImages()).isEqualTo(8);
    assertThat(training.measured()).isFalse();
    assertThat(SpeedUps.read(file).speedUps().get(1).basis())
        .as("drawing looks at no features")
        .endsWith("train + prune");
  }

  @Test
  void stop_isBetweenStages_andTheNextCallGoesOn() {
    try (Pipeline pipeline = open(0)) {
      assertThatThrownBy(() -> pipeline.run(Stage.PRUNE))
          .isInstanceOf(Interrupted.class)
          .hasMessageContaining("prune");
    }
    assertThat(folder.resolve("run/coreset.parquet")).doesNotExist();
    try (Pipeline pipeline = open(1)) {
      assertThatThrownBy(() -> pipeline.run(Stage.TRAIN)).isInstanceOf(Interrupted.class);
    }
    assertThat(record().stages().get("prune").state()).isEqualTo(RunRecord.State.DONE);
    assertThat(record().stages()).doesNotContainKey("train");
    try (Pipeline pipeline = open(Integer.MAX_VALUE)) {
      pipeline.run(Stage.TRAIN);
    }
    assertThat(record().stages().get("train").state()).isEqualTo(RunRecord.State.DONE);
  }

  @Test
  void whatAStageWouldRefuse_isRefusedBeforeTheFirst() {
    try (Pipeline pipeline = open(Integer.MAX_VALUE, "model.multipliers=[1, 1, 1, 1]")) {
      assertThatThrownBy(() -> pipeline.run(Stage.TRAIN))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(folder.resolve("run/coreset.parquet")).doesNotExist();
  }

  /** A run whose data cannot be read gives its folder back; so does one that is over. */
  @Test
  void folder_isFreeAgain_afterARefusalAndAtTheEnd() {
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> open(1, "dataset.path=" + folder.resolve("nowhere")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("nowhere");
    }
    open(Integer.MAX_VALUE).close();
    try (Pipeline pipeline = open(Integer.MAX_VALUE)) {
      assertThatThrownBy(() -> open(Integer.MAX_VALUE))
          .as("two runs in one folder")
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(pipeline.record().stages()).isEmpty();
    }
    open(Integer.MAX_VALUE).close();
  }

  /** The full side was run where the reference is a training of the model's length. */
  @Test
  void referenceOfTheModelsLength_isTheMeasuredFullSide() {
    for (String epochs : List.of("null", "2")) {
      try (Pipeline pipeline =
          open(
              Integer.MAX_VALUE,
              "reweight.enabled=true",
              "reweight.settings.warmupSteps=0",
              "reweight.reference.epochs=" + epochs)) {
        pipeline.run(Stage.EVALUATE);
      }
      SpeedUps found = SpeedUps.read(folder.resolve("run/speed-ups.json"));
      assertThat(found.speedUps().get(0).measured()).isEqualTo(epochs.equals("null"));
      assertThat(found.speedUps().get(0).fullImages()).isEqualTo(8);
    }
  }

  /** A selection made again has none; the stages that are up to date do not put them there. */
  @Test
  void weights_areInTheManifest_alsoWhereNothingIsTrained() throws IOException {
    String[] weighted = {
      "reweight.enabled=true", "reweight.settings.rule=inverse-frequency", "prune.ratio=0.75"
    };
    for (int i = 0; i < 2; i++) {
      try (Pipeline pipeline = open(Integer.MAX_VALUE, weighted)) {
        pipeline.run(Stage.TRAIN);
      }
      assertThat(CoresetFiles.read(folder.resolve("run")).entries())
          .extracting(Coreset.Entry::weight)
          .containsExactly(0.75, 0.75, 0.75, 0.75, 0.75, 1.5, 1.5, 1.5);
      Files.delete(new RunLayout(folder.resolve("run")).kept());
    }
    assertThat(heard.lines()).last().isEqualTo("note train: up to date");
  }

  @Test
  void witness_seesTheNetworkInTraining() {
    List<String> seen = new ArrayList<>();
    Witness witness =
        new Witness() {
          @Override
          public Denoiser network(String role, DenoisingNetwork network) {
            seen.add(role);
            return network;
          }
        };
    try (Pipeline pipeline =
        Pipeline.open(recipe(), folder.resolve("run"), heard, () -> false, witness)) {
      pipeline.run(Stage.TRAIN);
    }
    assertThat(seen).containsExactly("model");
  }

  /** The second run takes the features of the first, with the seconds that they took. */
  @Test
  void runsWithAStore_makeFeaturesOnce() {
    List<RunRecord.Stage> encoded = new ArrayList<>();
    for (String name : List.of("one", "two")) {
      try (Pipeline pipeline =
          Pipeline.open(
              recipe("name=" + name),
              folder.resolve(name),
              folder.resolve("store"),
              heard,
              () -> false)) {
        pipeline.run(Stage.ENCODE);
        encoded.add(pipeline.record().stages().get("encode"));
      }
    }
    assertThat(encoded.get(1).outputs()).isEqualTo(encoded.get(0).outputs());
    assertThat(heard.lines().stream().filter("begin encode 8 images, 0 done"::equals)).hasSize(1);
  }

  @Test
  void threads_areTheRecipes() {
    int before = torch.get_num_threads();
    try {
      torch.set_num_threads(3);
      open(Integer.MAX_VALUE).close();
      assertThat(torch.get_num_threads()).isEqualTo(1);
    } finally {
      torch.set_num_threads(before);
    }
  }
}
