package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.ClassWeights;
import io.winnow.reweight.ReweightConfigs;
import io.winnow.reweight.Reweighting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A proxy under the trainer, with its weights learnt on the way. */
class ReweightedTrainingTest {
  @TempDir Path folder;

  private static final List<String> CLASSES =
      IntStream.range(0, TrainRun.CLASSES).mapToObj(c -> "class" + c).toList();

  private static Reweighting reweighting(TrainRun run, long seedOfReference) {
    long[] counts = new long[TrainRun.CLASSES];
    int[] groups = run.set().groups();
    for (int index : run.kept) {
      counts[groups[index]]++;
    }
    TinyDenoiser reference = new TinyDenoiser(TrainRun.CLASSES, run.dropout, seedOfReference);
    reference.train(false);
    ReweightConfigs options = new ReweightConfigs();
    options.eta = "20";
    options.warmupSteps = 3L;
    options.trajectoryEvery = 2;
    return new Reweighting(options.doremi(), CLASSES, counts, reference, "reference");
  }

  private TrainRun run(String name) {
    TrainRun run = new TrainRun(folder.resolve(name));
    run.kept = IntStream.range(0, TrainRun.IMAGES).toArray();
    return run;
  }

  private static Reweighting runToEnd(TrainRun run) {
    Reweighting weighting = reweighting(run, 77);
    run.weighting = weighting;
    run.run(TrainListener.NONE);
    return weighting;
  }

  /** 2: within the warm-up of the mixture; 7: the end of an epoch. */
  @ParameterizedTest
  @ValueSource(ints = {2, 7, 10})
  void proxy_stoppedAndRepeated_givesTheSameBits(int stop) {
    Reweighting undisturbed = runToEnd(run("whole"));
    TrainRun stopped = run("stopped");
    stopped.weighting = reweighting(stopped, 77);
    stopped.runSteps(stop);
    Reweighting resumed = runToEnd(run("stopped"));
    assertThat(resumed.trajectory()).isEqualTo(undisturbed.trajectory());
    assertThat(resumed.state()).isEqualTo(undisturbed.state());
    ClassWeights weights = resumed.result(Map.of());
    assertThat(weights).isEqualTo(undisturbed.result(Map.of()));
    assertThat(weights.weights()).isNotEqualTo(new double[TrainRun.CLASSES]);
    TrainRun whole = run("whole");
    run("stopped")
        .stateFiles()
        .forEach(
            (name, bytes) -> assertThat(bytes).as(name).isEqualTo(whole.stateFiles().get(name)));
  }

  @Test
  void proxy_inMicroBatches_findsTheSameWeights() {
    TrainRun whole = run("whole");
    whole.dropout = 0;
    TrainRun split = run("split");
    split.dropout = 0;
    split.with(TrainConfigs.microBatch(TrainRun.config(), 4));
    assertThat(runToEnd(split).result(Map.of()).weights())
        .containsExactly(runToEnd(whole).result(Map.of()).weights(), within(1e-5));
  }

  @Test
  void proxy_equalToItsReference_keepsEveryWeightAtOneOnTheFirstStep() {
    TrainRun run = run("run");
    run.dropout = 0;
    run.with(TrainConfigs.steps(TrainRun.config(), 1));
    Reweighting weighting = reweighting(run, 5); // the seed of the proxy's own weights
    run.weighting = weighting;
    run.run(TrainListener.NONE);
    assertThat(weighting.result(Map.of()).weights()).containsOnly(1.0);
  }

  @Test
  void proxy_atTheEndOfEachEpoch_reportsTheStrength() {
    TrainRun run = run("run");
    run.weighting = reweighting(run, 77);
    List<Map<String, Double>> notes = new ArrayList<>();
    run.run(
        new TrainListener() {
          @Override
          public void onEpoch(Position position, Map<String, Double> some) {
            notes.add(some);
          }
        });
    assertThat(notes).hasSize(4).allSatisfy(note -> assertThat(note).containsKey("strength"));
  }

  @Test
  void proxy_manySteps_keepsNativeMemoryFlat() {
    TrainRun run = run("run");
    run.weighting = reweighting(run, 77);
    List<Long> counts = new ArrayList<>();
    run.with(TrainConfigs.steps(TrainRun.config(), 90))
        .run(
            new TrainListener() {
              @Override
              public void onReport(TrainReport report) {
                counts.add(Pointer.totalCount());
              }
            });
    assertThat(counts.get(counts.size() - 2)).isLessThanOrEqualTo(counts.get(5));
  }
}
