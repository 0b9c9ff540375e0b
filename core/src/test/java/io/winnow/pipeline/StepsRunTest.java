package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.task.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A recipe whose {@code prune} block has steps. */
class StepsRunTest {
  @TempDir Path home;

  private Coreset pruned(String steps) {
    List<String> keys =
        new ArrayList<>(
            List.of(
                "dataset.type=shapes",
                "dataset.split=\"\"",
                "dataset.count=100",
                "dataset.size=16",
                "encode.training={width: 4, epochs: 1, batch: 45}",
                "prune.ratio=0.2",
                "prune.steps=" + steps));
    try (Pipeline pipeline =
        Pipeline.open(Recipe.read(null, keys), home, null, Progress.SILENT, () -> false)) {
      pipeline.run(Stage.PRUNE);
    }
    return CoresetFiles.read(home);
  }

  @Test
  void run_steps_writeTheirReasonsIntoTheManifest_andAnotherKindRunsAnew() {
    Coreset coreset = pruned("[{step: near-duplicates, eps: 1e-3}, {step: k-center}]");
    assertThat(coreset.selection().method()).isEqualTo("steps");
    assertThat(coreset.selection().options().get("steps").toString())
        .contains("Duplicates[eps=0.001");
    assertThat(coreset.kept()).hasSizeBetween(15, 25);
    assertThat(coreset.entries())
        .allMatch(entry -> entry.reason().matches("step [12], (near-duplicates|k-center): .*"))
        .anyMatch(entry -> entry.kept() && entry.reason().startsWith("step 2, k-center: kept"));
    Coreset herded = pruned("[{step: near-duplicates, eps: 1e-3}, {step: herding}]");
    assertThat(herded.entries()).anyMatch(entry -> entry.reason().startsWith("step 2, herding"));
  }

  @Test
  void read_unknownStep_namesTheKnownOnes() {
    assertThatThrownBy(() -> Recipe.read(null, List.of("prune.steps=[{step: k-centre}]")))
        .hasMessageContaining("prune.steps[0].step")
        .hasMessageContaining("Did you mean k-center?");
    assertThatThrownBy(() -> Recipe.read(null, List.of("prune.steps=[{step: herding, rato: 0.1}]")))
        .hasMessageContaining("Did you mean prune.steps[0].ratio?");
  }
}
