package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.SelectionDiagnostics;
import io.winnow.prune.Flip;
import io.winnow.task.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
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
  void run_looksAtItsSelection_andWhatIsMissingIsMadeAgainTheSame() throws IOException {
    Path diagnostics = home.resolve("diagnostics.json");
    Path manifest = home.resolve("coreset.parquet");
    Coreset coreset = pruned("[{step: k-center}]");
    SelectionDiagnostics found = SelectionDiagnostics.read(diagnostics);
    assertThat(found.kept()).isEqualTo(coreset.kept().length);
    assertThat(found.clusters()).hasSize(2);
    assertThat(found.coverage().measured()).isEqualTo(coreset.dropped().length);
    assertThat(CoresetFiles.readMap(home).nearest().positions()[7]).hasSize(10);
    byte[] facts = Files.readAllBytes(diagnostics);
    byte[] table = Files.readAllBytes(manifest);
    Files.delete(diagnostics); // as a kill before it was written leaves it
    pruned("[{step: k-center}]");
    assertThat(Files.readAllBytes(diagnostics)).isEqualTo(facts);
    CoresetFiles.write(coreset, home); // as a run of before leaves it
    assertThat(CoresetFiles.readMap(home)).isNull();
    FileTime stage = Files.getLastModifiedTime(home.resolve("report-data/gallery.json"));
    pruned("[{step: k-center}]");
    assertThat(Files.readAllBytes(manifest)).isEqualTo(table);
    assertThat(Files.getLastModifiedTime(home.resolve("report-data/gallery.json")))
        .as("the stage itself is up to date")
        .isEqualTo(stage);
    pruned("[{step: herding}]");
    assertThat(Files.readAllBytes(diagnostics)).as("of another selection").isNotEqualTo(facts);
  }

  @Test
  void explanation_ofARun_turnsItsDecision_andAnotherRecipeThanTheManifestsIsRefused()
      throws IOException {
    Coreset coreset = pruned("[{step: k-center}]");
    String id = coreset.entries().get(coreset.dropped()[0]).id();
    Explanation found = CoresetExplanation.of(home, id, Progress.SILENT);
    assertThat(found.reason()).isEqualTo("step 1, k-center: dropped");
    assertThat(found.score()).as("it was never chosen").isNull();
    assertThat(found.nearestKept().id()).isIn(ids(coreset));
    Flip flip = found.flips().get(0);
    assertThat(flip.key()).isEqualTo("prune.ratio");
    String recipe = Files.readString(home.resolve("recipe.yaml"));
    assertThat(ids(pruned("[{step: k-center, ratio: " + flip.flips() + "}]"))).contains(id);
    assertThat(ids(pruned("[{step: k-center, ratio: " + flip.stays() + "}]"))).doesNotContain(id);
    Files.writeString(home.resolve("recipe.yaml"), recipe.replace("ratio: 0.2", "ratio: 0.9"));
    assertThatThrownBy(() -> CoresetExplanation.of(home, id, Progress.SILENT))
        .hasMessageContaining("its settings select 90 images, others than the ");
    Files.delete(home.resolve("recipe.yaml"));
    Explanation bare = CoresetExplanation.of(home, id, Progress.SILENT);
    assertThat(bare.flips()).isEmpty();
    assertThat(bare.notes()).anyMatch(note -> note.startsWith("No recipe is beside the manifest"));
  }

  private static List<String> ids(Coreset coreset) {
    return Arrays.stream(coreset.kept()).mapToObj(i -> coreset.entries().get(i).id()).toList();
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
