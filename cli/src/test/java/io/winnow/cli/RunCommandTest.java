package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.Metrics;
import io.winnow.artifact.RunRecord;
import io.winnow.files.AtomicFile;
import io.winnow.files.Sha256;
import io.winnow.pipeline.MiniRecipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole pipeline on generated shapes, in miniature. */
class RunCommandTest {
  @TempDir Path folder;

  private Path recipe() {
    Path file = folder.resolve("mini.yaml");
    if (!Files.exists(file)) {
      AtomicFile.writeString(file, MiniRecipe.RUN);
    }
    return file;
  }

  private CliRun run(String out, BooleanSupplier stop, String... more) {
    List<String> args = new ArrayList<>();
    args.addAll(List.of("run", recipe().toString(), "--out", folder.resolve(out).toString()));
    args.addAll(List.of(more));
    return CliRun.until(stop, args.toArray(new String[0]));
  }

  private Map<String, String> bytes(String out) {
    Path run = folder.resolve(out);
    Map<String, String> hashes = new TreeMap<>();
    hashes.put("metrics.json", Sha256.of(run.resolve("metrics.json")));
    for (String inner : List.of("model", "reference", "proxy", "samples")) {
      try (Stream<Path> files = Files.walk(run.resolve(inner))) {
        files
            .filter(Files::isRegularFile)
            .forEach(f -> hashes.put(run.relativize(f).toString(), Sha256.of(f)));
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
    hashes.put("class-weights.json", Sha256.of(run.resolve("class-weights.json")));
    return hashes;
  }

  @Test
  void run_leavesEveryArtifact_andRepeatedDoesNothing() {
    CliRun first = run("a", () -> false);
    assertThat(first.err()).doesNotContain("winnow:");
    assertThat(first.code()).isEqualTo(ExitCode.DONE);
    Path out = folder.resolve("a");
    assertThat(out.resolve("report.html")).exists();
    assertThat(out.resolve("speed-ups.json")).exists();
    assertThat(out.resolve("memorisation.json")).exists();
    assertThat(CoresetFiles.read(out).kept()).hasSize(60);
    assertThat(Metrics.read(out.resolve("metrics.json")).metrics())
        .extracting(io.winnow.artifact.Metric::name)
        .contains("fd-resnet18-cifar@20", "class-agreement@20");
    RunRecord record = RunRecord.read(out.resolve("run.json"));
    assertThat(record.stages()).containsKeys("encode", "prune", "reference", "reweight", "train");
    Map<String, String> before = bytes("a");
    CliRun second = run("a", () -> false);
    assertThat(second.err()).contains("train: up to date").contains("evaluate: up to date");
    assertThat(bytes("a")).isEqualTo(before);
    anotherRatio();
  }

  /** Features and scores stay when only the ratio changes. */
  private void anotherRatio() {
    CliRun other = run("a", () -> false, "--until", "prune", "--set", "prune.ratio=0.5");
    assertThat(other.err())
        .contains("encode: up to date")
        .contains("score: up to date")
        .contains("prune: recipe.prune changed; running it again");
    assertThat(CoresetFiles.read(folder.resolve("a")).kept()).hasSize(100);
  }

  @Test
  void run_stoppedAtManyMoments_endsInTheSameBytes() {
    assertThat(run("whole", () -> false).code()).isEqualTo(ExitCode.DONE);
    int stops = 0;
    CliRun attempt;
    do {
      int patience = 3 + 4 * stops;
      int[] asked = {0};
      attempt = run("stopped", () -> asked[0]++ >= patience);
      if (attempt.code() != ExitCode.DONE) {
        assertThat(attempt.code()).as(attempt.err()).isEqualTo(ExitCode.RESUMABLE);
        assertThat(attempt.err()).contains("interrupted").doesNotContain("at io.winnow");
        stops++;
      }
    } while (attempt.code() != ExitCode.DONE && stops < 30);
    assertThat(attempt.code()).isEqualTo(ExitCode.DONE);
    assertThat(stops).isGreaterThanOrEqualTo(3);
    assertThat(bytes("stopped")).isEqualTo(bytes("whole"));
  }

  /** Figure 2 of the paper: the same model without weights, measured beside. */
  @Test
  void baseline_isMeasuredBeside_andUpToDateTheSecondTime() {
    String[] beside = {"--set", "reweight.baseline=true"};
    assertThat(run("fig2", () -> false, beside).code()).isEqualTo(ExitCode.DONE);
    assertThat(Metrics.read(folder.resolve("fig2/metrics.json")).metrics())
        .filteredOn(m -> m.className() != null && m.name().startsWith("fd-"))
        .extracting(m -> String.valueOf(m.c().variant()))
        .hasSize(30)
        .containsOnly("null", "unweighted", "floor-at-n");
    CliRun again = run("fig2", () -> false, beside);
    assertThat(again.err())
        .contains("train: up to date", "train-unweighted: up to date", "evaluate: up to date")
        .doesNotContain("running it again");
    CliRun sampled = run("fig2", () -> false, "--set", "train.weightsAs=sampling", "--until=train");
    assertThat(sampled.err()).contains("reweight: up to date").contains("train: recipe.train");
    assertThat(sampled.out()).doesNotContain("unweighted");
  }

  @Test
  void mistakesThatTrainingWouldMeetLate_areRefusedBeforeTheFirstStage() {
    Map<String, String> mistakes =
        Map.of(
            "sample.sampler.steps=2000", "1 to 1000",
            "sample.count=5", "class-fd needs 2 of each",
            "evaluate.metrics=[fid]", "no file for fid-inception",
            "evaluate.weights={fid-inceptio: x}", "names the encoder fid-inceptio",
            "reweight.reference.path=nowhere", "nowhere is no folder",
            "model.multipliers=[1, 1, 1, 1, 1, 1]", "6 levels");
    mistakes.forEach(
        (override, message) -> {
          CliRun run = run("late", () -> false, "--set", override);
          assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.MISTAKE);
          assertThat(run.err()).contains(message).doesNotContain("updates");
        });
  }

  @Test
  void folder_ofAnotherRecipe_isRefused_andLeftAsItWas() {
    assertThat(run("b", () -> false, "--until", "prune").code()).isEqualTo(ExitCode.DONE);
    String record = Sha256.of(folder.resolve("b/run.json"));
    CliRun other = run("b", () -> false, "--until", "prune", "--set", "seed=5");
    assertThat(other.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(other.err())
        .contains("made by another recipe (seed was 0, is 5)")
        .contains("--out")
        .doesNotContain("at io.winnow");
    assertThat(Sha256.of(folder.resolve("b/run.json"))).isEqualTo(record);
  }

  @Test
  void folder_withSomethingElse_isRefused() {
    AtomicFile.writeString(folder.resolve("c/notes.txt"), "mine");
    CliRun run = run("c", () -> false);
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains("not empty and no run");
  }

  @Test
  void recipe_withMistakes_namesAllOfThem() {
    Path file = folder.resolve("bad.yaml");
    AtomicFile.writeString(
        file, "name: x\ndataset: {type: shapes}\nprune: {raito: 1, ratio: 10}\nseed: 1\nseed: 2\n");
    CliRun run = CliRun.of("run", file.toString());
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err())
        .contains("bad.yaml:3 prune.raito: unknown key. Did you mean prune.ratio?")
        .contains("bad.yaml:3 prune.ratio: ")
        .contains("Write 0.1 to keep 10")
        .contains("bad.yaml:5")
        .doesNotContain("at io.winnow");
  }

  @Test
  void recipeThatIsNotThere_isTheUsersMistake() {
    CliRun run = CliRun.of("run", folder.resolve("no.yaml").toString());
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains("no such file");
  }
}
