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
        Progress.SILENT);
  }

  private static RunRecord empty() {
    return new RunRecord("x", "r", Map.of(), Map.of(), Map.of());
  }

  private RunRecord saved() {
    return RunRecord.read(folder.resolve("run.json"));
  }

  private Ledger.Work work(String text) {
    return new Ledger.Work() {
      @Override
      public Ledger.Outcome run() {
        runs++;
        nanos += 2_000_000_000L;
        AtomicFile.writeString(folder.resolve("out.txt"), text);
        return new Ledger.Outcome(List.of(folder.resolve("out.txt")), 7, null);
      }

      @Override
      public void discard() {
        discards++;
      }
    };
  }

  @Test
  void stage_withTheSameInputs_runsOnce() {
    assertThat(ledger(empty()).stage("encode", Map.of("a", "1"), work("x"))).isTrue();
    assertThat(ledger(saved()).stage("encode", Map.of("a", "1"), work("x"))).isFalse();
    assertThat(runs).isEqualTo(1);
    assertThat(saved().stages().get("encode").seconds()).isEqualTo(2);
    assertThat(saved().stages().get("encode").images()).isEqualTo(7);
  }

  @Test
  void stage_withAnotherInput_discardsAndRunsAgain() {
    ledger(empty()).stage("encode", Map.of("a", "1"), work("x"));
    int before = discards;
    assertThat(ledger(saved()).stage("encode", Map.of("a", "2"), work("x"))).isTrue();
    assertThat(discards).isEqualTo(before + 1);
  }

  @Test
  void stage_whoseInputsTheCallerChangesLater_keepsThoseItRanWith() {
    Map<String, String> inputs = new HashMap<>(Map.of("weights", "learned"));
    Ledger ledger = ledger(empty());
    ledger.stage("train", inputs, work("x"));
    inputs.put("weights", "none");
    ledger.stage("train-unweighted", inputs, work("x"));
    assertThat(saved().stages().get("train").inputs()).containsEntry("weights", "learned");
  }

  @Test
  void record_holdsTheStagesAskedFor_andTheFileAllOfThem() {
    ledger(empty()).stage("sample", Map.of(), work("x"));
    Ledger second = ledger(saved());
    second.stage("encode", Map.of(), work("x"));
    assertThat(second.record().stages()).containsOnlyKeys("encode");
    assertThat(saved().stages()).containsOnlyKeys("sample", "encode");
  }

  @Test
  void stage_whoseOutputWasChangedByHand_runsAgain() {
    ledger(empty()).stage("encode", Map.of("a", "1"), work("x"));
    AtomicFile.writeString(folder.resolve("out.txt"), "other");
    int before = discards;
    assertThat(ledger(saved()).stage("encode", Map.of("a", "1"), work("x"))).isTrue();
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
                        "train",
                        Map.of("a", "1"),
                        new Ledger.Work() {
                          @Override
                          public Ledger.Outcome run() {
                            nanos += 3_000_000_000L;
                            throw new Interrupted("train");
                          }

                          @Override
                          public void discard() {}
                        }))
        .isInstanceOf(Interrupted.class);
    assertThat(saved().stages().get("train").state()).isEqualTo(RunRecord.State.INTERRUPTED);
    int before = discards;
    ledger(saved()).stage("train", Map.of("a", "1"), work("x"));
    assertThat(discards).isEqualTo(before);
    assertThat(saved().stages().get("train").seconds()).isEqualTo(5);
  }
}
