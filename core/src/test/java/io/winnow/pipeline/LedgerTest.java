package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.files.AtomicFile;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {
  @TempDir Path folder;
  private long nanos;
  private int runs;
  private int discards;

  private Ledger ledger(RunRecord record) {
    return new Ledger(
        new RunLayout(folder),
        record,
        Clock.fixed(Instant.EPOCH, ZoneOffset.UTC),
        () -> nanos,
        Progress.SILENT,
        null);
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
}
