package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.RunRecord;
import io.winnow.artifact.SpeedUps;
import io.winnow.task.HeardProgress;
import io.winnow.task.Interrupted;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

  private Pipeline open(int stopAfter, String... sets) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "name=small",
                "dataset.type=image-folder",
                "dataset.path=" + folder.resolve("set"),
                "dataset.split=''",
                "compute={device: cpu, threads: 1}",
                "prune={method: uniform, ratio: 0.5}",
                "model={width: 8, multipliers: [1], blocks: 1, attention: [], groups: 4}",
                "train={epochs: 1, batch: 4, warmupEpochs: 1}",
                "reweight.enabled=false",
                "sample={sampler: {steps: 2}, count: 4, batch: 4, guidanceWeight: 0}",
                "encode.training={width: 4, epochs: 1, batch: 4, cropPadding: 1, flip: false}",
                "evaluate.metrics=[fd]"));
    all.addAll(List.of(sets));
    int[] asked = {0};
    return Pipeline.open(
        Recipe.read(null, all), folder.resolve("run"), heard, () -> asked[0]++ >= stopAfter);
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
}
