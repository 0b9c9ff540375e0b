package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.ClassWeights;
import io.winnow.diffusion.SampleLosses;
import io.winnow.reweight.GroupDroReweighting;
import io.winnow.reweight.ReweightConfig;
import io.winnow.reweight.ReweightConfigs;
import io.winnow.reweight.Reweighting;
import io.winnow.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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

  private static long[] counts(TrainRun run) {
    long[] counts = new long[TrainRun.CLASSES];
    int[] groups = run.set().groups();
    for (int index : run.kept) {
      counts[groups[index]]++;
    }
    return counts;
  }

  private static Reweighting reweighting(TrainRun run, long seedOfReference) {
    TinyDenoiser reference = new TinyDenoiser(TrainRun.CLASSES, run.dropout, seedOfReference);
    reference.train(false);
    ReweightConfigs options = new ReweightConfigs();
    options.eta = "20";
    options.warmupSteps = 3L;
    options.trajectoryEvery = 2;
    return new Reweighting(options.doremi(), CLASSES, counts(run), reference, "reference");
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
    assertMoved(weights.weights());
    TrainRun whole = run("whole");
    assertThat(whole.stateFiles()).hasSize(5);
    assertThat(run("stopped").stateFiles().keySet()).isEqualTo(whole.stateFiles().keySet());
    run("stopped")
        .stateFiles()
        .forEach(
            (name, bytes) -> assertThat(bytes).as(name).isEqualTo(whole.stateFiles().get(name)));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 7, 10})
  void groupDro_stoppedAndRepeated_givesTheSameBits(int stop) {
    TrainRun whole = groupDro("whole");
    whole.run(TrainListener.NONE);
    groupDro("stopped").runSteps(stop);
    TrainRun resumed = groupDro("stopped");
    resumed.run(TrainListener.NONE);
    assertThat(resumed.weighting.state()).isEqualTo(whole.weighting.state());
    assertThat(((GroupDroReweighting) resumed.weighting).result(Map.of()).weights())
        .isNotEqualTo(new double[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
    resumed
        .stateFiles()
        .forEach(
            (name, bytes) -> assertThat(bytes).as(name).isEqualTo(whole.stateFiles().get(name)));
  }

  private TrainRun groupDro(String name) {
    TrainRun run = run(name);
    ReweightConfigs options = new ReweightConfigs();
    options.groupDro = new ReweightConfig.GroupDro(0.5, false, 0);
    options.trajectoryEvery = 2;
    run.weighting = new GroupDroReweighting(options.groupDro(), CLASSES, counts(run));
    return run;
  }

  /** What the trainer shows a weighting, and which losses it asks for in between. */
  private static final class Spy implements LossWeighting {
    final List<WatchedRun> begun = new ArrayList<>();
    final List<double[]> trained = new ArrayList<>();
    final List<double[]> calm = new ArrayList<>();
    final List<double[]> calmAgain = new ArrayList<>();
    boolean asks;

    @Override
    public double[] coefficients(int[] groups) {
      double[] equal = new double[groups.length];
      Arrays.fill(equal, 1.0 / groups.length);
      return equal;
    }

    @Override
    public boolean watches() {
      return true;
    }

    @Override
    public void begin(WatchedRun run) {
      begun.add(run);
    }

    @Override
    public void watch(TrainStep step, SampleLosses losses) {
      trained.add(Tensors.doubles(losses.trained()));
      if (asks) {
        calm.add(asked(step));
        calmAgain.add(asked(step));
      }
    }

    private double[] asked(TrainStep step) {
      WatchedRun run = begun.get(0);
      return Tensors.doubles(
          run.objective().compared(run.withoutDropout(), step.passes()).detach());
    }

    @Override
    public String identity() {
      return "spy";
    }
  }

  private Spy spied(String name, boolean asks, double dropout) {
    TrainRun run = run(name);
    run.dropout = dropout;
    Spy spy = new Spy();
    spy.asks = asks;
    run.weighting = spy;
    run.run(TrainListener.NONE);
    return spy;
  }

  @Test
  void weighting_beforeTheFirstStep_learnsUpdatesAndWholeBatch() {
    Spy spy = spied("run", false, 0.1);
    assertThat(spy.begun).hasSize(1);
    assertThat(spy.begun.get(0).updates()).isEqualTo(4 * 7).isEqualTo(spy.trained.size());
    assertThat(spy.begun.get(0).batch()).isEqualTo(6);
    TrainRun small = run("small");
    small.kept = new int[] {1, 2, 5};
    small.with(TrainConfigs.steps(TrainRun.config(), 2));
    Spy other = new Spy();
    small.weighting = other;
    small.build();
    assertThat(other.begun.get(0).batch()).as("a coreset smaller than a batch").isEqualTo(3);
  }

  @Test
  void proxyWithoutDropout_isCalm_andChangesNothingOfTheTraining() {
    Spy asking = spied("asking", true, 0.3);
    Spy plain = spied("plain", false, 0.3);
    assertThat(asking.trained).hasSameSizeAs(plain.trained);
    for (int s = 0; s < asking.trained.size(); s++) {
      assertThat(asking.calm.get(s)).isEqualTo(asking.calmAgain.get(s));
      assertThat(asking.calm.get(s)).isNotEqualTo(asking.trained.get(s));
      assertThat(asking.trained.get(s)).as("step %d", s).isEqualTo(plain.trained.get(s));
    }
    Spy dry = spied("dry", true, 0);
    assertThat(dry.calm.get(3)).containsExactly(dry.trained.get(3), within(1e-6));
  }

  @Test
  void proxy_inMicroBatches_findsTheSameWeights() {
    TrainRun whole = run("whole");
    whole.dropout = 0;
    TrainRun split = run("split");
    split.dropout = 0;
    split.with(TrainConfigs.microBatch(TrainRun.config(), 4));
    double[] expected = runToEnd(whole).result(Map.of()).weights();
    assertMoved(expected);
    assertThat(runToEnd(split).result(Map.of()).weights()).containsExactly(expected, within(1e-5));
  }

  /** Weights that say something: a comparison of ones would hold whatever the code does. */
  private static void assertMoved(double[] weights) {
    assertThat(Arrays.stream(weights).max().orElseThrow()).isGreaterThan(1.01);
    assertThat(Arrays.stream(weights).min().orElseThrow()).isLessThan(0.99);
  }

  @Test
  void proxy_equalToItsReference_keepsEveryWeightAtOneOnTheFirstStep() {
    assertThat(weightsOfOneStep("same", 5)) // the seed of the proxy's own weights
        .containsExactly(new double[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, within(1e-9));
    assertMoved(weightsOfOneStep("other", 77));
  }

  /** The mixture counts its one step: no warm-up. Ten classes of four images. */
  private double[] weightsOfOneStep(String name, long seedOfReference) {
    TrainRun run = run(name);
    run.dropout = 0;
    run.with(TrainConfigs.steps(TrainRun.config(), 1));
    ReweightConfigs options = new ReweightConfigs();
    options.eta = "20";
    TinyDenoiser reference = new TinyDenoiser(TrainRun.CLASSES, 0, seedOfReference);
    reference.train(false);
    Reweighting weighting =
        new Reweighting(options.doremi(), CLASSES, counts(run), reference, "reference");
    run.weighting = weighting;
    run.run(TrainListener.NONE);
    return weighting.result(Map.of()).weights();
  }

  @Test
  void proxy_atTheEndOfEachEpoch_reportsMeansOverItsUpdates() {
    TrainRun run = run("run");
    run.weighting = reweighting(run, 77);
    List<Map<String, Double>> notes = new ArrayList<>();
    run.run(
        new TrainListener() {
          @Override
          public void onEpoch(Position position, Map<String, Double> some) {
            notes.add(some);
            assertThat(position.epoch()).isEqualTo(notes.size());
            assertThat(position.step()).isEqualTo(7L * notes.size());
          }
        });
    assertThat(notes).hasSize(4).allSatisfy(note -> assertThat(note).containsKey("strength"));
    // Three of the seven updates of the first epoch are the warm-up, with an eta of 0.
    assertThat(notes.get(0).get("eta")).isCloseTo(20 * 4 / 7.0, within(1e-9));
    assertThat(notes.get(1).get("eta")).isCloseTo(20, within(1e-9));
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
