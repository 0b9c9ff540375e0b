package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.files.AtomicFile;
import io.winnow.files.ContentHash;
import io.winnow.task.HeardProgress;
import io.winnow.task.Interrupted;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {
  @TempDir Path folder;
  private long nanos;
  private int runs;
  private int discards;
  private final HeardProgress heard = new HeardProgress();

  private Ledger ledger(RunRecord record) {
    return ledger(record, Instant.EPOCH);
  }

  private Ledger ledger(RunRecord record, Instant now) {
    return new Ledger(
        new RunLayout(folder), record, Clock.fixed(now, ZoneOffset.UTC), () -> nanos, heard, null);
  }

  private static RunRecord empty() {
    return new RunRecord("x", "r", Map.of(), Map.of(), Map.of());
  }

  private RunRecord saved() {
    return RunRecord.read(folder.resolve("run.json"));
  }

  /** A stage that takes two seconds and writes a text. */
  private class Writing implements RunStage {
    private final StageId id;
    private final Map<String, String> inputs;

    Writing(StageId id, Map<String, String> inputs) {
      this.id = id;
      this.inputs = inputs;
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
      return List.of(folder.resolve("out.txt"));
    }

    @Override
    public StageOutcome run() {
      runs++;
      nanos += 2_000_000_000L;
      AtomicFile.writeString(folder.resolve("out.txt"), "x");
      return new StageOutcome(7, null);
    }

    @Override
    public void discard() {
      discards++;
    }
  }

  /** Says what it is told of an output that it may keep. */
  private boolean mayKeep(String input) {
    boolean[] told = new boolean[1];
    ledger(saved())
        .stage(
            new Writing(StageId.JUDGE, Map.of("a", input)) {
              @Override
              public void discard(Predicate<Path> unchanged) {
                told[0] = unchanged.test(folder.resolve("out.txt"));
              }
            });
    return told[0];
  }

  @Test
  void outputsThatStandAsTheyWereLeft_mayBeKept_andNoOthers() {
    ledger(empty()).stage(new Writing(StageId.ENCODE, Map.of()));
    assertThat(mayKeep("1")).as("nobody said what it is").isFalse();
    assertThat(mayKeep("2")).isTrue();
    AtomicFile.writeString(folder.resolve("out.txt"), "other");
    assertThat(mayKeep("3")).as("changed").isFalse();
  }

  @Test
  void stage_withTheSameInputs_runsOnce() {
    assertThat(ledger(empty()).stage(new Writing(StageId.ENCODE, Map.of("a", "1")))).isTrue();
    assertThat(ledger(saved()).stage(new Writing(StageId.ENCODE, Map.of("a", "1")))).isFalse();
    assertThat(runs).isEqualTo(1);
    assertThat(saved().stages().get("encode").seconds()).isEqualTo(2);
    assertThat(saved().stages().get("encode").images()).isEqualTo(7);
  }

  @Test
  void stage_withAnotherInput_discardsAndRunsAgain() {
    ledger(empty()).stage(new Writing(StageId.ENCODE, Map.of("a", "1")));
    int before = discards;
    assertThat(ledger(saved()).stage(new Writing(StageId.ENCODE, Map.of("a", "2")))).isTrue();
    assertThat(discards).isEqualTo(before + 1);
  }

  @Test
  void stage_ofAnEarlierVersion_whoseSeedDecidesNothing_stands() {
    ledger(empty()).stage(new Writing(StageId.ENCODE, Map.of("a", "1", "seed", "0")));
    assertThat(ledger(saved()).stage(new Writing(StageId.ENCODE, Map.of("a", "1")))).isFalse();
    assertThat(ledger(saved()).stage(new Writing(StageId.ENCODE, Map.of("a", "2")))).isTrue();
  }

  @Test
  void stage_whoseSeedIsAskedFor_isTheSameWithTheSameSeedAlone() {
    ledger(empty()).stage(new Writing(StageId.ENCODE, Map.of("a", "1")));
    Map<String, String> seeded = Map.of("a", "1", "seed", "0");
    assertThat(ledger(saved()).stage(new Writing(StageId.ENCODE, seeded))).isTrue();
    assertThat(ledger(saved()).stage(new Writing(StageId.ENCODE, seeded))).isFalse();
    Map<String, String> other = Map.of("a", "1", "seed", "1");
    assertThat(ledger(saved()).stage(new Writing(StageId.ENCODE, other))).isTrue();
  }

  @Test
  void stage_whoseInputsTheCallerChangesLater_keepsThoseItRanWith() {
    Map<String, String> inputs = new HashMap<>(Map.of("weights", "learned"));
    Ledger ledger = ledger(empty());
    ledger.stage(new Writing(StageId.TRAIN, inputs));
    inputs.put("weights", "none");
    ledger.stage(new Writing(StageId.TRAIN_UNWEIGHTED, inputs));
    assertThat(saved().stages().get("train").inputs()).containsEntry("weights", "learned");
  }

  @Test
  void record_holdsTheStagesAskedFor_andTheFileAllOfThem() {
    ledger(empty()).stage(new Writing(StageId.SAMPLE, Map.of()));
    Ledger second = ledger(saved());
    second.stage(new Writing(StageId.ENCODE, Map.of()));
    assertThat(second.record().stages()).containsOnlyKeys("encode");
    assertThat(saved().stages()).containsOnlyKeys("sample", "encode");
  }

  @Test
  void stage_whoseOutputWasChangedByHand_runsAgain() {
    ledger(empty()).stage(new Writing(StageId.ENCODE, Map.of("a", "1")));
    AtomicFile.writeString(folder.resolve("out.txt"), "other");
    int before = discards;
    assertThat(ledger(saved()).stage(new Writing(StageId.ENCODE, Map.of("a", "1")))).isTrue();
    assertThat(discards)
        .as("what is left of the changed output is not gone on with")
        .isEqualTo(before + 1);
    assertThat(saved().stages().get("encode").seconds()).isEqualTo(2);
  }

  @Test
  void stage_interrupted_keepsItsWorkAndAddsItsTime() {
    assertThatThrownBy(
            () ->
                ledger(empty())
                    .stage(
                        new Writing(StageId.TRAIN, Map.of("a", "1")) {
                          @Override
                          public StageOutcome run() {
                            nanos += 3_000_000_000L;
                            throw new Interrupted("train");
                          }
                        }))
        .isInstanceOf(Interrupted.class);
    assertThat(saved().stages().get("train").state()).isEqualTo(RunRecord.State.INTERRUPTED);
    int before = discards;
    ledger(saved()).stage(new Writing(StageId.TRAIN, Map.of("a", "1")));
    assertThat(discards).isEqualTo(before);
    assertThat(saved().stages().get("train").seconds()).isEqualTo(5);
  }

  @Test
  void whyAStageRunsAgain_isSaid() {
    ledger(empty()).stage(new Writing(StageId.ENCODE, Map.of("a", "1", "b", "1")));
    assertThat(heard.lines()).as("of a first time there is nothing to say").isEmpty();
    ledger(saved()).stage(new Writing(StageId.ENCODE, Map.of("a", "1", "b", "1")));
    ledger(saved()).stage(new Writing(StageId.ENCODE, new TreeMap<>(Map.of("a", "2", "b", "3"))));
    ledger(saved()).stage(new Writing(StageId.ENCODE, Map.of("a", "2")));
    AtomicFile.writeString(folder.resolve("out.txt"), "other");
    ledger(saved()).stage(new Writing(StageId.ENCODE, Map.of("a", "2")));
    assertThat(heard.lines())
        .containsExactly(
            "note encode: up to date",
            "note encode: a, b changed; running it again",
            "note encode: fewer inputs than before; running it again",
            "note encode: its files were changed or removed; running it again");
    assertThat(discards).as("before the first run as well").isEqualTo(4);
  }

  @Test
  void stage_thatFails_isRecordedWithItsReason_andItsTimeCounts() {
    assertThatThrownBy(
            () ->
                ledger(empty())
                    .stage(
                        new Writing(StageId.TRAIN, Map.of("a", "1")) {
                          @Override
                          public StageOutcome run() {
                            nanos += 4_000_000_000L;
                            throw new IllegalStateException("no memory");
                          }
                        }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("no memory")
        .hasNoSuppressedExceptions();
    RunRecord.Stage failed = saved().stages().get("train");
    assertThat(failed.state()).isEqualTo(RunRecord.State.FAILED);
    assertThat(failed.note()).isEqualTo("no memory");
    assertThat(failed.seconds()).isEqualTo(4);
    ledger(saved()).stage(new Writing(StageId.TRAIN, Map.of("a", "1")));
    assertThat(saved().stages().get("train").seconds()).isEqualTo(6);
  }

  /** A disk that is full refuses the stage's output and the record alike: the first is told. */
  @Test
  void failure_thatCannotBeRecorded_isStillTheOneThatIsTold() {
    RuntimeException own = new IllegalStateException("no space");
    RunStage failing =
        new Writing(StageId.TRAIN, Map.of()) {
          @Override
          public StageOutcome run() {
            Leftovers.delete(folder.resolve("run.json"));
            AtomicFile.writeString(folder.resolve("run.json/taken"), "x");
            throw own;
          }
        };
    assertThatThrownBy(() -> ledger(empty()).stage(failing)).isSameAs(own);
    assertThat(own.getSuppressed()).hasSize(1);
    assertThat(own.getSuppressed()[0]).hasMessageContaining("run.json");
  }

  /** A kill loses half a minute of the working time at most. */
  @Test
  void workingTime_isSavedEveryHalfMinute_whileAStageRuns() {
    Ledger ledger = ledger(empty());
    List<Double> seconds = new ArrayList<>();
    ledger.stage(
        new Writing(StageId.TRAIN, Map.of("a", "1")) {
          @Override
          public StageOutcome run() {
            for (long at : new long[] {10, 30, 31, 61, 62}) {
              nanos = at * 1_000_000_000L;
              ledger.tick();
              seconds.add(saved().stages().get("train").seconds());
              assertThat(saved().stages().get("train").state()).isEqualTo(RunRecord.State.RUNNING);
            }
            return new StageOutcome(1, "done");
          }
        });
    assertThat(seconds).containsExactly(0.0, 0.0, 31.0, 31.0, 62.0);
    nanos = 1_000_000_000_000L;
    ledger.tick();
    RunRecord.Stage done = saved().stages().get("train");
    assertThat(done.state()).isEqualTo(RunRecord.State.DONE);
    assertThat(done.seconds()).as("nothing runs any more").isEqualTo(62);
    assertThat(done.note()).isEqualTo("done");
  }

  @Test
  void beginning_isThatOfTheFirstTry_untilTheStageRunsAnew() {
    ledger(empty()).stage(new Writing(StageId.ENCODE, Map.of("a", "1")));
    assertThat(saved().stages().get("encode").started()).isEqualTo("1970-01-01T00:00:00Z");
    Ledger later = ledger(saved(), Instant.ofEpochSecond(60));
    later.stage(new Writing(StageId.ENCODE, Map.of("a", "2")));
    assertThat(saved().stages().get("encode").started()).isEqualTo("1970-01-01T00:01:00Z");
    assertThatThrownBy(
            () ->
                ledger(saved())
                    .stage(
                        new Writing(StageId.TRAIN, Map.of()) {
                          @Override
                          public StageOutcome run() {
                            throw new Interrupted("train");
                          }
                        }))
        .isInstanceOf(Interrupted.class);
    ledger(saved(), Instant.ofEpochSecond(60)).stage(new Writing(StageId.TRAIN, Map.of()));
    assertThat(saved().stages().get("train").started()).isEqualTo("1970-01-01T00:00:00Z");
  }

  @Test
  void outputs_areHashesByPathInsideTheFolder() {
    Ledger ledger = ledger(empty());
    ledger.stage(new Writing(StageId.ENCODE, Map.of()));
    String hash = ledger.contents(folder.resolve("out.txt"));
    assertThat(hash).isEqualTo(ContentHash.of(folder.resolve("out.txt")));
    assertThat(ledger.outputs(StageId.ENCODE)).isEqualTo(Map.of("out.txt", hash));
    assertThat(ledger.record().name()).isEqualTo("x");
  }
}
