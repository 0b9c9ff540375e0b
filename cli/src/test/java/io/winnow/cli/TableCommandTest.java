package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.artifact.RunRecord;
import io.winnow.files.AtomicFile;
import io.winnow.pipeline.MiniRecipe;
import io.winnow.sweep.SweepLayout;
import io.winnow.sweep.SweepRun;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code winnow table}: its options, exit codes and processes. */
class TableCommandTest {
  @TempDir Path folder;

  @BeforeEach
  void write() {
    AtomicFile.writeString(folder.resolve("mini.yaml"), MiniRecipe.SWEEP);
    AtomicFile.writeString(
        folder.resolve("sweep.yaml"),
        """
        name: tiny
        base: mini.yaml
        axes: {kind: {half: {prune.ratio: 0.5}, all: {prune.ratio: 1}}}
        cells: {broken: {model.multipliers: [1, 1, 1, 1, 1, 1, 1]}}
        """);
  }

  private CliRun table(String... more) {
    List<String> args = new ArrayList<>(List.of("table", folder.resolve("sweep.yaml").toString()));
    args.addAll(List.of("--out", folder.resolve("out").toString()));
    args.addAll(List.of("--set", "train.steps=3"));
    args.addAll(List.of(more));
    return CliRun.of(args.toArray(new String[0]));
  }

  @Test
  void dryRunAndShow_runNothing() {
    CliRun dry = table("--dry-run");
    assertThat(dry.code()).as("of a cell that would be refused").isEqualTo(ExitCode.MISTAKE);
    assertThat(dry.err()).startsWith("winnow: broken: model.").hasLineCount(1);
    assertThat(table("--dry-run", "--cell", "all").code()).isEqualTo(ExitCode.DONE);
    assertThat(dry.out())
        .startsWith("tiny: 3 runs of 3 cells in " + folder.resolve("out") + "; 0 done, 3 to run")
        .containsPattern("encoder +3 +1 +4 +100 +\\?");
    assertThat(folder.resolve("out")).doesNotExist();
    CliRun show = table("--show", "--format", "csv");
    assertThat(show.code()).isEqualTo(ExitCode.DONE);
    Path page = folder.resolve("empty.html");
    assertThat(table("--show", "--format", "report", "--to", page.toString()).code())
        .isEqualTo(ExitCode.DONE);
    assertThat(page)
        .content()
        .contains("3 cells of a sweep.", "half: seed 0 not run")
        .doesNotContain("Metrics by cell");
    assertThat(show.out()).startsWith("sweep,cell,kind,metric,").contains(",seed 0 not run,,,,,\n");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void mistakes_areMessages_andExitTwo() {
    assertThat(table("--cell", "none").err())
        .isEqualTo(
            "winnow: --cell none: no cell of tiny; expected one of half, all, broken."
                + System.lineSeparator());
    assertThat(table("--cell", "none").code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(table("--set", "train.step=3").err())
        .contains("--set train.step: unknown key. Did you mean train.steps?");
    assertThat(table("--set", "seed=3").code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(table("--format", "parquet").err())
        .contains("--format parquet: expected a file to write it to. Add --to FILE.");
    assertThat(table("--format", "report").err())
        .contains("--format report: expected a file to write it to. Add --to FILE.");
    assertThat(table("--jobs", "0").err()).contains("--jobs 0: expected 1 or more.");
    CliRun missing = CliRun.of("table", folder.resolve("no.yaml").toString());
    assertThat(missing.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(missing.err()).contains("no.yaml: no such file").doesNotContain("at io.winnow");
  }

  /** One cell fails; the others run, each in one of two processes, and the table says all. */
  @Test
  void jobs_runInProcesses_aFailureIsNamed_andTheSameCommandGoesOn() throws Exception {
    CliRun run =
        table("--jobs", "2", "--to", folder.resolve("t.md").toString(), "--format", "markdown");
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DEFECT);
    String text = Files.readString(folder.resolve("t.md"));
    assertThat(text)
        .containsPattern("\\| half \\| [\\d.]+ \\| [\\d.]+ \\| 1 \\|")
        .containsPattern("\\| all \\| [\\d.]+ \\| [\\d.]+ \\| 1 \\|")
        .contains("broken: seed 0 failed: model")
        .containsPattern(
            "\\| all \\| half \\| fd-\\S+ \\| [\\d.]+ \\| - \\| cannot tell yet \\| 1 \\| [\\d,]+ to [\\d,]+ \\|");
    assertThat(run.err())
        .contains("broken/0: failed: model")
        .contains("all/0: done")
        .as("a run is named to a process that is ready")
        .doesNotContain(": ready");
    assertThat(folder.resolve("out/runs/all/0/report.html")).exists();
    assertThat(folder.resolve("out/store")).isDirectoryContaining("glob:**encode-*");
    int cores = Compute.physicalCores();
    assertThat(RunRecord.read(folder.resolve("out/runs/all/0/run.json")).hardware().get("device"))
        .endsWith(cores < 4 ? ", 1 thread" : ", " + cores / 2 + " threads");
    assertPage(folder.resolve("t.html"));
    CliRun again = table("--cell", "half", "--cell", "all");
    assertThat(again.code()).as(again.err()).isEqualTo(ExitCode.DONE);
    assertThat(again.err()).contains("train: up to date").doesNotContain("updates/s");
  }

  private void assertPage(Path page) throws IOException {
    CliRun show = table("--show", "--format", "report", "--to", page.toString());
    assertThat(show.code()).as(show.err()).isEqualTo(ExitCode.DEFECT); // a cell has failed
    assertThat(Files.readString(page).replaceAll("\\s+", " "))
        .contains("<title>tiny · Winnow</title>", "<p class=\"summary\">3 cells of a sweep.</p>")
        .contains("<li>broken: seed 0 failed: model")
        .contains("\"labels\":[\"half\",\"all\"]")
        .as("the ratio, and the table under it")
        .contains("\"labels\":[\"all, fd-resnet18-cifar@20\"")
        .contains("cannot tell yet</td>");
  }

  /** A process that dies takes its run with it and no other. */
  @Test
  void processThatEnds_isNamedWithItsLastWords() {
    Path broken = folder.resolve("sweep.yaml");
    try (WorkerProcesses workers =
        WorkerProcesses.of(
            1,
            List.of("table", broken.toString(), "--no-such-option"),
            new SweepLayout(folder.resolve("out")),
            () -> false)) {
      String reason = workers.runs().get(0).run(new SweepRun("half", 0), Progress.SILENT);
      assertThat(reason)
          .startsWith("its process ended with code 2; ")
          .endsWith("worker-0.txt has its last words");
    }
    assertThat(table("--show").out()).contains("half: seed 0 not run");
  }
}
