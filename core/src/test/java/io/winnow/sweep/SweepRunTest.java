package io.winnow.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunLayout.Network;
import io.winnow.artifact.RunRecord;
import io.winnow.files.AtomicFile;
import io.winnow.files.ContentHash;
import io.winnow.pipeline.Pipeline;
import io.winnow.pipeline.PlannedStage;
import io.winnow.pipeline.Stage;
import io.winnow.task.HeardProgress;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sweeps that are run: what is shared, gone on with, and left standing by a failure. */
class SweepRunTest {
  private static final String SWEEP =
      """
      seeds: [0, 1]
      axes: {prune.ratio: [0.3, 0.5]}
      cells: {reweighted: {reweight.enabled: true}}
      exclude: [{cell: reweighted, seed: 1}, {prune.ratio: 0.5, seed: 1}]
      """;

  @TempDir Path folder;
  private SmallSweep small;
  private final List<Path> finished = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private int steps;
  private int stopAfter = Integer.MAX_VALUE;

  private final Progress listener =
      new Progress() {
        @Override
        public void begin(String task, String unit, long total, long done) {
          notes.add(task);
        }

        @Override
        public void step(long done, String note) {
          steps++;
        }

        @Override
        public void end() {}

        @Override
        public void note(String line) {
          notes.add(line);
        }
      };

  @BeforeEach
  void make() {
    small = new SmallSweep(folder);
  }

  private void run(Sweep sweep) {
    Runs local = new LocalRuns(sweep, small.layout(), finished::add, () -> steps > stopAfter);
    new SweepRunner(sweep, small.layout(), listener, () -> steps > stopAfter, System::nanoTime)
        .run(List.of(local));
  }

  private RunLayout files(String cell, long seed) {
    return small.layout().run(new SweepRun(cell, seed));
  }

  /** Entries of the store by stage. */
  private Map<String, Long> entries() throws IOException {
    try (Stream<Path> all = Files.list(small.layout().store())) {
      return all.map(path -> path.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .collect(
              Collectors.groupingBy(
                  name -> name.substring(0, name.lastIndexOf('-')),
                  TreeMap::new,
                  Collectors.counting()));
    }
  }

  @Test
  void runs_shareTheirStages_asTheDryRunSays_andEqualARunAlone() throws IOException {
    Sweep sweep = small.read(SWEEP);
    String plan = SweepPlan.of(sweep, small.layout()).text();
    assertThat(small.layout().folder()).doesNotExist();
    run(sweep);
    assertThat(finished).hasSize(4).contains(files("reweighted", 0).folder());
    assertThat(entries())
        .isEqualTo(Map.of("encoder", 2L, "encode", 2L, "score", 2L, "reference", 1L));
    assertThat(plan)
        .startsWith("tiny: 4 runs of 3 cells in " + small.layout().folder() + "; 0 done, 4 to run")
        .containsPattern("encoder +4 +2 +8 +200 +\\?\n")
        .containsPattern("encode +4 +2 +0 +200 +\\?\n")
        .containsPattern("score +4 +2 +0 +0 +\\?\n")
        .containsPattern("reference +1 +1 +7 +100 +\\?\n")
        .containsPattern("train +4 +4 +16 +");
    for (RunStatus status : new RunStatuses(sweep, small.layout()).all()) {
      assertThat(status.state()).isEqualTo(RunStatus.State.DONE);
      for (PlannedStage stage : status.plan()) {
        RunRecord.Stage done = status.record().stages().get(stage.name());
        if (!stage.name().matches("train|reweight")) { // the share of small classes is rounded
          assertThat(done.images()).as(stage.name()).isEqualTo(stage.images());
        }
      }
      assertThat(status.record().stages()).hasSize(status.plan().size());
    }
    assertThat(SweepPlan.of(sweep, small.layout()).text())
        .contains("4 done, 0 to run")
        .hasLineCount(1);
    SweepRun one = new SweepRun("0.5", 0);
    RunLayout alone = alone(sweep, one);
    assertThat(ContentHash.of(files("0.5", 0).network(Network.MODEL)))
        .isEqualTo(ContentHash.of(alone.network(Network.MODEL)));
    assertThat(Files.readString(files("0.5", 0).metrics()))
        .isEqualTo(Files.readString(alone.metrics()));
    assertThat(ContentHash.of(files("0.3", 1).network(Network.MODEL)))
        .isNotEqualTo(ContentHash.of(files("0.3", 0).network(Network.MODEL)));
    again(sweep);
  }

  /** The same run without a sweep and a store. */
  private RunLayout alone(Sweep sweep, SweepRun run) {
    Path alone = folder.resolve("alone");
    try (Pipeline pipeline =
        Pipeline.open(sweep.recipe(run), alone, Progress.SILENT, () -> false)) {
      pipeline.run(Stage.EVALUATE);
    }
    return new RunLayout(alone);
  }

  /** The same call does nothing, and one over more cells runs those. */
  private void again(Sweep sweep) {
    notes.clear();
    run(sweep);
    assertThat(notes).contains("train: up to date").noneMatch(note -> note.contains("model"));
    Sweep more = small.read(SWEEP.replace("0.3, 0.5", "0.3, 0.5, 0.6"));
    notes.clear();
    run(more.only(List.of("0.6")));
    assertThat(notes).contains("[1/2] 0.6/0 model").noneMatch(note -> note.contains("0.3/0"));
    assertThat(notes).anyMatch(note -> note.startsWith("[1/2] 0.6/0: begins; tiny: about 0:00:"));
  }

  @Test
  void interruptedSweep_goesOnToTheSameBytes() {
    Sweep sweep = small.read("axes: {prune.ratio: [0.3, 0.5]}");
    stopAfter = 120;
    assertThatThrownBy(() -> run(sweep)).isInstanceOf(Interrupted.class);
    int stopped = steps;
    stopAfter = Integer.MAX_VALUE;
    run(sweep);
    assertThat(stopped).isLessThan(steps);
    RunLayout alone = alone(sweep, new SweepRun("0.3", 0));
    assertThat(ContentHash.of(files("0.3", 0).network(Network.MODEL)))
        .isEqualTo(ContentHash.of(alone.network(Network.MODEL)));
    assertThat(ContentHash.of(files("0.3", 0).samples(Network.MODEL)))
        .isEqualTo(ContentHash.of(alone.samples(Network.MODEL)));
  }

  @Test
  void failingCell_leavesTheOthersRunning_andIsNamed() throws IOException {
    Sweep sweep =
        small.read(
            """
            axes:
              a:
                bad: {model.multipliers: [1, 1, 1, 1, 1, 1, 1]}
                good: {}
            """);
    run(sweep);
    SweepTable table = SweepTable.of(sweep, small.layout());
    assertThat(table.anyFailed()).isTrue();
    assertThat(TableFormat.TEXT.text(table)).contains("bad: seed 0 failed: model");
    assertThat(finished).containsExactly(files("good", 0).folder());
    assertThat(small.layout().failure(new SweepRun("bad", 0)))
        .as("the reason, then all that is known")
        .content()
        .startsWith("model")
        .containsPattern("\nmodel.*");
    assertThat(notes).anyMatch(note -> note.startsWith("[1/2] bad/0: failed: model"));
    assertThat(Files.readString(small.layout().sweep())).contains("name: tiny", "bad:");
  }

  /** The numbers in its folder are those of the recipe before. */
  @Test
  void doneCell_whoseRecipeIsNowRefused_hasFailed() {
    Sweep before = small.read("cells: {a: {}}");
    small.done(before, "a", 0, 1.5);
    assertThat(SweepTable.of(before, small.layout()).anyFailed()).isFalse();
    AtomicFile.writeString(small.layout().sweep(), before.yaml());
    Sweep now = small.read("cells: {a: {model.multipliers: [1, 1, 1, 1, 1, 1, 1]}}");
    run(now);
    SweepTable table = SweepTable.of(now, small.layout());
    assertThat(table.anyFailed()).isTrue();
    assertThat(TableFormat.TEXT.text(table))
        .contains("a: seed 0 failed: model")
        .doesNotContain("1.500");
  }

  @Test
  void folder_ofSomethingElse_orInUse_isRefused() {
    Sweep sweep = small.read("axes: {prune.ratio: [0.3]}");
    AtomicFile.writeString(small.layout().folder().resolve("photo.txt"), "x");
    assertThatThrownBy(() -> run(sweep))
        .hasMessage(
            small.layout().folder()
                + ": not empty and no sweep (no sweep.yaml); expected a new folder or that of a"
                + " sweep. Choose another with --out.");
    AtomicFile.writeString(small.layout().sweep(), "");
    Runs runs =
        (run, progress) -> {
          assertThatThrownBy(() -> run(sweep))
              .hasMessage(
                  small.layout().folder()
                      + ": another process works on this sweep. Wait for it, or choose another"
                      + " folder with --out.");
          return "looked";
        };
    new SweepRunner(sweep, small.layout(), listener, () -> false, System::nanoTime)
        .run(List.of(runs));
    assertThat(notes).contains("[1/1] 0.3/0: failed: looked");
    assertThat(TableFormat.TEXT.text(SweepTable.of(sweep, small.layout())))
        .contains("0.3: seed 0 failed: looked");
  }

  /** A run that was done before takes no time, and says nothing of what the others take. */
  @Test
  void severalRunners_countWhatWasDoneBefore_asDoneBefore() {
    run(small.read("axes: {prune.ratio: [0.3]}"));
    Sweep sweep = small.read("axes: {prune.ratio: [0.3, 0.4, 0.5]}");
    HeardProgress heard = new HeardProgress();
    Runs runs = (run, progress) -> null;
    new SweepRunner(sweep, small.layout(), heard, () -> false, System::nanoTime)
        .run(List.of(runs, runs));
    assertThat(heard.lines()).contains("begin tiny 3 runs, 1 done").endsWith("end");
    assertThat(heard.lines().stream().filter(line -> line.matches("\\d .*")))
        .hasSize(3)
        .last()
        .asString()
        .startsWith("3 ");
  }

  @Test
  void severalRunners_doEveryRunOnce_andAFailureOfOneEndsAll() {
    Sweep sweep = small.read("seeds: [0, 1, 2, 3, 4, 5]\naxes: {prune.ratio: [0.3, 0.4, 0.5]}");
    List<SweepRun> seen = new ArrayList<>();
    Runs runs =
        (run, progress) -> {
          progress.begin("train", "updates", 10, 0);
          progress.step(5, "");
          progress.end();
          synchronized (seen) {
            seen.add(run);
          }
          return null;
        };
    new SweepRunner(sweep, small.layout(), listener, () -> false, System::nanoTime)
        .run(List.of(runs, runs, runs));
    assertThat(seen).containsExactlyInAnyOrderElementsOf(sweep.runs());
    Runs broken =
        (run, progress) -> {
          throw new IllegalStateException("broken");
        };
    assertThatThrownBy(
            () ->
                new SweepRunner(sweep, small.layout(), listener, () -> false, System::nanoTime)
                    .run(List.of(broken, broken)))
        .hasMessage("broken");
  }
}
