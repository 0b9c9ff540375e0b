package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.RunRecord;
import io.winnow.artifact.SpeedUps.Kind;
import io.winnow.artifact.SpeedUps.SpeedUp;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Counted by hand from a record: training 40 s for 200 images, the full set would take 1000. */
class SpeedUpStageTest {
  private static final Map<String, double[]> STAGES =
      Map.of(
          "encoder", new double[] {5, 50},
          "encode", new double[] {3, 30},
          "score", new double[] {2, 0},
          "prune", new double[] {1, 0},
          "reference", new double[] {90, 900},
          "reweight", new double[] {20, 100},
          "train", new double[] {40, 200},
          "sample", new double[] {1000, 1000},
          "train-unweighted", new double[] {1000, 1000});

  private static RunRecord record(boolean reference) {
    Map<String, RunRecord.Stage> stages = new TreeMap<>();
    STAGES.forEach(
        (name, at) -> {
          if (reference || !name.equals("reference")) {
            stages.put(
                name,
                new RunRecord.Stage(
                    RunRecord.State.DONE, Map.of(), Map.of(), at[0], (long) at[1], "", null));
          }
        });
    return new RunRecord("run", "hash", stages, Map.of(), Map.of());
  }

  private static List<SpeedUp> of(boolean reference, boolean isFull, boolean encodingCounts) {
    RunRecord record = record(reference);
    return SpeedUpStage.of(
            record,
            Arrays.stream(StageId.values())
                .filter(id -> record.stages().containsKey(id.word()))
                .toList(),
            new SpeedUpStage.Full(1000, isFull),
            encodingCounts)
        .speedUps();
  }

  private static void is(
      SpeedUp found, Kind kind, double full, long fullImages, double coreset, long coresetImages) {
    assertThat(found.kind()).isEqualTo(kind);
    assertThat(found.fullSeconds()).isEqualTo(full, within(1e-9));
    assertThat(found.fullImages()).isEqualTo(fullImages);
    assertThat(found.coresetSeconds()).isEqualTo(coreset, within(1e-9));
    assertThat(found.coresetImages()).isEqualTo(coresetImages);
  }

  @Test
  void fullSide_thatWasNotRun_isPredictedFromTheTrainingsTimePerImage() {
    List<SpeedUp> all = of(true, false, true);
    is(all.get(0), Kind.TRAINING_RUN, 200, 1000, 40, 200);
    is(all.get(1), Kind.END_TO_END, 200, 1000, 161, 1280);
    is(all.get(2), Kind.EQUAL_STEPS, 40, 200, 40, 200);
    assertThat(all).allSatisfy(s -> assertThat(s.measured()).isFalse());
    assertThat(all.get(0).basis())
        .isEqualTo("full side: predicted from 0.200 s per image, measured in this run's training");
  }

  @Test
  void fullSide_thatTheReferenceIs_isItsMeasuredTime() {
    List<SpeedUp> all = of(true, true, true);
    is(all.get(0), Kind.TRAINING_RUN, 90, 1000, 40, 200);
    is(all.get(1), Kind.END_TO_END, 90, 1000, 161, 1280);
    assertThat(all.get(0).measured()).isTrue();
    assertThat(all.get(1).measured()).isTrue();
    assertThat(all.get(1).basis())
        .startsWith("full side: the reference of this run")
        .endsWith(
            "; coreset side: train + encoder + encode + score + prune + reference + reweight");
  }

  @Test
  void encoding_countsOnlyWhereTheMethodLooksAtFeatures_andAReferenceOnlyWhereOneWasTrained() {
    is(of(true, false, false).get(1), Kind.END_TO_END, 200, 1000, 153, 1200);
    is(of(false, true, false).get(1), Kind.END_TO_END, 200, 1000, 63, 300);
    assertThat(of(false, true, false).get(1).measured()).isFalse();
  }
}
