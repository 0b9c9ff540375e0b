package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.files.AtomicFile;
import io.winnow.task.Interrupted;
import io.winnow.task.Notes;
import io.winnow.task.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs that share the outputs of their stages. */
class SharedStoreTest {
  @TempDir Path home;
  private final List<String> notes = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger runs = new AtomicInteger();
  private long nanos;
  private volatile boolean stopped;

  private final Progress listener = new Notes(notes::add);

  private static final RunRecord.Training TRAINING =
      new RunRecord.Training(
          List.of(new RunRecord.Phase("full", 7, "abc", 3, false)),
          "loss",
          new RunRecord.Range(1, 1, "def"),
          0.1,
          5,
          null);

  /** Leaves a folder and a file, after two seconds. */
  private class Writing implements RunStage {
    private final StageId id;
    private final Map<String, String> inputs;
    private final Path run;

    Writing(StageId id, String input, Path run) {
      this.id = id;
      this.inputs = Map.of("a", input);
      this.run = run;
    }

    @Override
    public StageId id() {
      return id;
    }

    @Override
    public Map<String, String> inputs() {
      return inputs;
    }

    @Override
    public List<Path> outputs() {
      return List.of(run.resolve("features/x"), run.resolve("one.json"));
    }

    @Override
    public StageOutcome run() {
      nanos += 2_000_000_000L;
      String text = inputs.get("a") + " " + runs.incrementAndGet();
      AtomicFile.writeString(run.resolve("features/x/deep/data.txt"), text);
      AtomicFile.writeString(run.resolve("one.json"), text);
      return new StageOutcome(7, "noted", TRAINING, null);
    }

    @Override
    public void discard() {}
  }

  private Path run(String name, StageId id, String input) {
    Path run = home.resolve(name);
    ledger(run).stage(new Writing(id, input, run));
    return run;
  }

  private Ledger ledger(Path run) {
    return new Ledger(
        new RunLayout(run),
        new RunRecord("x", "r", Map.of(), Map.of(), Map.of()),
        Clock.systemUTC(),
        () -> nanos,
        listener,
        new SharedStore(home.resolve("store"), run, listener, () -> stopped));
  }

  private static String text(Path run) throws IOException {
    assertThat(Files.readString(run.resolve("one.json")))
        .isEqualTo(Files.readString(run.resolve("features/x/deep/data.txt")));
    return Files.readString(run.resolve("one.json"));
  }

  private Path entry() throws IOException {
    try (Stream<Path> entries = Files.list(home.resolve("store"))) {
      return entries.filter(Files::isDirectory).findFirst().orElseThrow();
    }
  }

  @Test
  void secondRun_takesWhatTheFirstMade_withItsCost() throws IOException {
    Path first = run("first", StageId.ENCODE, "a");
    Path second = run("second", StageId.ENCODE, "a");
    assertThat(runs).hasValue(1);
    assertThat(text(second)).isEqualTo(text(first)).isEqualTo("a 1");
    RunRecord.Stage made = RunRecord.read(first.resolve("run.json")).stages().get("encode");
    RunRecord.Stage taken = RunRecord.read(second.resolve("run.json")).stages().get("encode");
    assertThat(taken.outputs()).isEqualTo(made.outputs()).hasSize(2);
    assertThat(taken.seconds()).isEqualTo(made.seconds()).isEqualTo(2);
    assertThat(taken.images()).isEqualTo(7);
    assertThat(taken.note()).isEqualTo("noted");
    assertThat(taken.training()).isEqualTo(made.training()).isEqualTo(TRAINING);
    assertThat(notes).containsExactly("encode: taken from " + entry());
  }

  @Test
  void otherInputs_andOtherStages_areOtherEntries() throws IOException {
    run("first", StageId.ENCODE, "a");
    assertThat(text(run("second", StageId.ENCODE, "b"))).isEqualTo("b 2");
    assertThat(text(run("third", StageId.SCORE, "a"))).isEqualTo("a 3");
    assertThat(text(run("fourth", StageId.SCORE, "a"))).isEqualTo("a 3");
  }

  @ParameterizedTest
  @EnumSource(
      value = StageId.class,
      names = {
        "ENCODER",
        "ENCODE",
        "SCORE",
        "TEXTS",
        "AUTOENCODER",
        "LATENTS",
        "REFERENCE",
        "JUDGE"
      })
  void whatIsTheSameForEveryCoreset_isShared(StageId id) throws IOException {
    run("first", id, "a");
    assertThat(text(run("second", id, "a"))).isEqualTo("a 1");
  }

  @Test
  void modelsOfARun_areNotShared() throws IOException {
    run("first", StageId.TRAIN, "a");
    assertThat(home.resolve("store")).doesNotExist();
    assertThat(text(run("second", StageId.TRAIN, "a"))).isEqualTo("a 2");
  }

  @Test
  void entry_thatWasChanged_isMadeAgain() throws IOException {
    run("first", StageId.ENCODE, "a");
    AtomicFile.writeString(entry().resolve("one.json"), "changed by hand");
    assertThat(text(run("second", StageId.ENCODE, "a"))).isEqualTo("a 2");
    assertThat(notes).containsExactly("encode: " + entry() + " is damaged; computing it again");
    assertThat(text(run("third", StageId.ENCODE, "a"))).isEqualTo("a 2");
    AtomicFile.writeString(entry().resolve("entry.json"), "{");
    assertThat(text(run("fourth", StageId.ENCODE, "a"))).isEqualTo("a 3");
  }

  /** A run killed between taking and recording finds its own links in its way. */
  @Test
  void run_thatHasTheFilesAlready_takesThemAgain() throws IOException {
    run("first", StageId.ENCODE, "a");
    run("second", StageId.ENCODE, "a");
    Path again = run("second", StageId.ENCODE, "a");
    assertThat(text(again)).isEqualTo("a 1");
    try (Stream<Path> files = Files.walk(again)) {
      assertThat(files.filter(f -> f.getFileName().toString().contains(".tmp-"))).isEmpty();
    }
  }

  @Test
  void writingInARun_leavesTheStoreAlone() throws IOException {
    Path first = run("first", StageId.ENCODE, "a");
    AtomicFile.writeString(first.resolve("one.json"), "other");
    assertThat(text(run("second", StageId.ENCODE, "a"))).isEqualTo("a 1");
  }

  @Test
  void claimedEntry_isWaitedFor_andComputedOnce() throws Exception {
    Path run = home.resolve("late");
    SharedStore store = new SharedStore(home.resolve("store"), run, listener, () -> stopped);
    CountDownLatch started = new CountDownLatch(1);
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      Future<Path> first =
          other.submit(
              () -> {
                Path folder = home.resolve("first");
                ledger(folder)
                    .stage(
                        new Writing(StageId.ENCODE, "a", folder) {
                          @Override
                          public StageOutcome run() {
                            started.countDown();
                            while (notes.isEmpty()) {
                              Thread.onSpinWait();
                            }
                            return super.run();
                          }
                        });
                return folder;
              });
      assertThat(started.await(60, TimeUnit.SECONDS)).isTrue();
      try (SharedStore.Claim claim = store.claim(StageId.ENCODE, Map.of("a", "a"))) {
        assertThat(claim.take()).isNotNull();
      }
      assertThat(text(run)).isEqualTo(text(first.get(60, TimeUnit.SECONDS)));
      assertThat(runs).hasValue(1);
      assertThat(notes.get(0))
          .isEqualTo("encode: another run is at it; waiting for " + home.resolve("store"));
    } finally {
      other.shutdownNow();
    }
  }

  @Test
  void waiting_endsWhenAStopIsRequested() {
    SharedStore store = new SharedStore(home.resolve("store"), home, listener, () -> stopped);
    try (SharedStore.Claim claim = store.claim(StageId.ENCODE, Map.of())) {
      stopped = true;
      assertThatThrownBy(() -> store.claim(StageId.ENCODE, Map.of()))
          .isInstanceOf(Interrupted.class);
      assertThat(claim.take()).isNull();
    }
  }

  @Test
  void placeThatIsNoFolder_isNamed() {
    AtomicFile.writeString(home.resolve("store"), "a file");
    assertThatThrownBy(() -> run("first", StageId.ENCODE, "a"))
        .hasMessageStartingWith(home.resolve("store") + ": cannot be written")
        .hasMessageEndingWith("Choose a folder that can, with --store.");
  }
}
