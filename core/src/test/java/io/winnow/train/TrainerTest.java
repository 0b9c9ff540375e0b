package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.Curve;
import io.winnow.data.ImageSource;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Objective;
import io.winnow.diffusion.Parameterization;
import io.winnow.diffusion.Prediction;
import io.winnow.diffusion.ScheduleConfig.Linear;
import io.winnow.diffusion.TrainingObjective;
import io.winnow.optim.Adam;
import io.winnow.optim.AdamConfig;
import io.winnow.task.Interrupted;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {
  @TempDir Path folder;

  private TrainRun run(String name) {
    return new TrainRun(folder.resolve(name));
  }

  /** 2 and 5: within epochs; 4: an exact end of an epoch; 12: the switch to everything. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4, 5, 12, 14})
  void run_stoppedAndRepeated_endsInTheBytesOfAnUndisturbedOne(int stop) {
    TrainRun undisturbed = run("whole");
    undisturbed.run(TrainListener.NONE);
    TrainRun stopped = run("stopped");
    stopped.runSteps(stop);
    List<Position> resumed = new ArrayList<>();
    stopped.run(
        new TrainListener() {
          @Override
          public void onResume(Position position, Path checkpoint) {
            resumed.add(position);
          }
        });
    assertThat(resumed).extracting(Position::step).containsExactly((long) stop);
    assertSameState(stopped, undisturbed);
    assertThat(curve(stopped)).isEqualTo(curve(undisturbed));
  }

  @Test
  void run_ofAnUnconditionalNetwork_trainsAndGoesOn() {
    TrainRun undisturbed = run("whole");
    undisturbed.guidance = null;
    undisturbed.run(TrainListener.NONE);
    assertThat(undisturbed.trainer.emaWeights().keySet())
        .isNotEmpty()
        .noneMatch(name -> name.startsWith("classes"));
    TrainRun stopped = run("stopped");
    stopped.guidance = null;
    stopped.runSteps(7);
    stopped.run(TrainListener.NONE);
    assertSameState(stopped, undisturbed);
  }

  @Test
  void run_stoppedTwice_endsInTheBytesOfAnUndisturbedOne() {
    TrainRun undisturbed = run("whole");
    undisturbed.run(TrainListener.NONE);
    TrainRun stopped = run("stopped");
    stopped.runSteps(3);
    stopped.runSteps(8);
    stopped.run(TrainListener.NONE);
    assertSameState(stopped, undisturbed);
  }

  @Test
  void run_finishedAndRepeated_changesNothing() {
    TrainRun run = run("run");
    run.run(TrainListener.NONE);
    Map<String, byte[]> before = run.stateFiles();
    TrainResult again = run.run(TrainListener.NONE);
    assertThat(again.images()).isZero();
    assertThat(again.position()).isEqualTo(new Position("full", 4, 19, 100));
    assertThat(run.stateFiles().keySet()).isEqualTo(before.keySet());
  }

  @Test
  void run_newestCheckpointDamaged_goesOnFromTheOneBefore() throws IOException {
    TrainRun undisturbed = run("whole");
    undisturbed.run(TrainListener.NONE);
    TrainRun damaged = run("damaged");
    damaged.runSteps(5);
    damaged.runSteps(4);
    Path newest = damaged.folder.resolve("train-state/step-000000009/optimizer.safetensors");
    byte[] bytes = Files.readAllBytes(newest);
    bytes[bytes.length - 1] ^= 1;
    Files.write(newest, bytes);
    List<String> warnings = new ArrayList<>();
    damaged.run(
        new TrainListener() {
          @Override
          public void onWarning(String message) {
            warnings.add(message);
          }
        });
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0)).contains("step-000000009", "optimizer.safetensors", "before it");
    assertSameState(damaged, undisturbed);
  }

  @Test
  void run_checkpointsOfAnotherRun_areRefusedNamingTheDifference() {
    TrainRun first = run("run");
    first.runSteps(2);
    TrainRun other = run("run");
    other.kept = new int[] {1, 2, 3};
    assertThatThrownBy(() -> other.run(TrainListener.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("belongs to another run; coreset was ")
        .hasMessageContaining("to start anew");
  }

  @Test
  void run_checkpointRuleBySteps_leavesTheLastOneOnly() {
    TrainRun run = run("run");
    List<Long> written = new ArrayList<>();
    run.with(TrainConfigs.checkpointEvery(TrainRun.config(), 5))
        .run(
            new TrainListener() {
              @Override
              public void onCheckpoint(Position position, Path checkpoint) {
                written.add(position.step());
              }
            });
    assertThat(written).containsExactly(5L, 10L, 15L, 19L);
    assertThat(run.stateFiles().keySet()).allMatch(name -> name.startsWith("step-000000019"));
    TrainRun without = run("without");
    without.run(TrainListener.NONE);
    assertSameState(run, without);
  }

  /** Two parts of four and two, or three of two: every sample keeps the weight of its class. */
  @ParameterizedTest
  @ValueSource(ints = {4, 2})
  void run_microBatches_changeTheResultByRoundingAlone(int microBatch) {
    double[] weights = IntStream.range(0, TrainRun.CLASSES).mapToDouble(c -> 0.2 * c).toArray();
    TrainRun whole = run("whole");
    whole.dropout = 0;
    whole.weighting = new ClassLossWeights(weights);
    whole.run(TrainListener.NONE);
    TrainRun split = run("split");
    split.dropout = 0;
    split.weighting = new ClassLossWeights(weights);
    split.with(TrainConfigs.microBatch(TrainRun.config(), microBatch)).run(TrainListener.NONE);
    assertClose(split, whole, 1e-3);
  }

  @Test
  void run_imagesPreparedAhead_equalsPreparedOnTheSpot() {
    TrainRun onTheSpot = run("spot");
    Set<String> here = onTheSpot.feeders();
    onTheSpot.run(TrainListener.NONE);
    assertThat(here).containsExactly(Thread.currentThread().getName());
    TrainRun ahead = run("ahead");
    ahead.images = new Wrapped(ahead.images);
    Set<String> beside = ahead.feeders();
    ahead.run(TrainListener.NONE);
    assertThat(beside).containsExactly("winnow-train-feed");
    assertSameState(ahead, onTheSpot);
  }

  /** Read at the end alone: three epochs of four steps, the last of seven. */
  @Test
  void run_lossIsNotFinite_andNothingIsReported_namesTheFirstEpochThatEndedSo() {
    TrainRun run = run("run");
    double[] weights = new double[TrainRun.CLASSES];
    Arrays.fill(weights, Double.NaN);
    run.weighting = new ClassLossWeights(weights);
    run.with(TrainConfigs.set(TrainRun.config(), "reportSteps", 100));
    assertThatThrownBy(() -> run.run(TrainListener.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("train: 4 of 4 steps of epoch 0 had");
  }

  @Test
  void run_lossIsNotFinite_stopsSayingWhatToDo() {
    TrainRun run = run("run");
    double[] weights = new double[TrainRun.CLASSES];
    weights[0] = Double.NaN;
    run.weighting = new ClassLossWeights(weights);
    assertThatThrownBy(() -> run.run(TrainListener.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("of epoch 0 had a loss or gradient that is not finite")
        .hasMessageContaining("Lower train.learningRate");
  }

  /** Weight 1 for all that is kept, 5 for all that joins in the full phase. */
  @Test
  void run_weightsOffInTheFullPhase_equalsUnweightedThere() {
    TrainRun plain = byHalves("plain", 1, TrainConfig.AnnealWeights.OFF);
    TrainRun off = byHalves("off", 5, TrainConfig.AnnealWeights.OFF);
    TrainRun kept = byHalves("kept", 5, TrainConfig.AnnealWeights.KEEP);
    assertThat(curve(off)).isEqualTo(curve(plain));
    assertClose(off, plain, 0);
    assertThat(curve(kept).subList(0, 4)).isEqualTo(curve(plain).subList(0, 4));
    assertThat(curve(kept).get(4)).as("steps 13 to 15").isNotEqualTo(curve(plain).get(4));
  }

  private TrainRun byHalves(String name, double weight, TrainConfig.AnnealWeights anneal) {
    TrainRun run = run(name);
    run.groups = IntStream.range(0, TrainRun.IMAGES).map(i -> i % 2).toArray();
    run.weighting = new ClassLossWeights(new double[] {1, weight});
    run.with(TrainConfigs.set(TrainRun.config(), "annealWeights", anneal));
    run.run(TrainListener.NONE);
    return run;
  }

  @Test
  void run_trainsTheNetwork_lossFalls() {
    TrainRun run = run("run");
    run.with(TrainConfigs.steps(TrainRun.config(), 150)).run(TrainListener.NONE);
    List<Curve.Point> points = Curve.read(run.folder.resolve("curve.jsonl")).points();
    assertThat(points.get(points.size() - 1).loss()).isLessThan(0.8 * points.get(0).loss());
    assertThat(points.get(0).learningRate()).isCloseTo(5e-3, within(1e-12));
  }

  @Test
  void run_manySteps_keepsNativeMemoryFlat() {
    TrainRun run = run("run");
    List<Long> counts = new ArrayList<>();
    run.with(TrainConfigs.steps(TrainRun.config(), 3000))
        .run(
            new TrainListener() {
              @Override
              public void onReport(TrainReport report) {
                counts.add(Pointer.totalCount());
              }
            });
    long early = counts.get(9);
    long late = counts.get(counts.size() - 2);
    assertThat(late).isLessThanOrEqualTo(early);
  }

  /** The network and the objective are the caller's and stay. */
  @Test
  void close_freesAllThatTheTrainerMade() {
    TestNetwork network = new TinyDenoiser(TrainRun.CLASSES, 0.1, 5);
    TrainingObjective objective =
        new Objective(Parameterization.EPS, new NoiseSchedule(new Linear(1000, 1e-4, 0.02)), null);
    for (int i = 0; i < 3; i++) {
      TrainRun run = run("run" + i);
      run.network = network;
      run.objective = objective;
      long before = Pointer.totalCount();
      run.run(TrainListener.NONE);
      Collection<Tensor> averages = run.trainer.emaWeights().values();
      assertThat(averages).noneMatch(tensor -> tensor.isNull());
      run.trainer.close();
      assertThat(averages).allMatch(tensor -> tensor.isNull());
      assertThat(network.parameters().values()).noneMatch(tensor -> tensor.isNull());
      if (i > 0) { // constants of classes
        assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
      }
    }
  }

  @Test
  void run_network_isInTrainingModeInEveryStepAndOutOfItAfterwards() {
    TrainRun run = run("run");
    Modes network = new Modes(new TinyDenoiser(TrainRun.CLASSES, 0.1, 5));
    network.train(false);
    run.network = network;
    run.run(TrainListener.NONE);
    assertThat(network.asked).hasSize(19).containsOnly(true);
    assertThat(network.inner.training()).isFalse();
  }

  @Test
  void run_reports_areInTheEventFileUnderTheirTags() throws IOException {
    TrainRun run = run("run");
    run.run(TrainListener.NONE);
    try (Stream<Path> files = Files.list(run.folder.resolve("events/model"))) {
      String text = Files.readString(files.findFirst().orElseThrow(), StandardCharsets.ISO_8859_1);
      assertThat(text).contains("loss", "gradNorm", "learningRate", "imagesPerSecond");
    }
  }

  @Test
  void phases_ofAnAnnealedRun_areTheCoresetThenEverything() {
    Trainer trainer = run("run").build();
    assertThat(trainer.phases()).extracting(TrainPhase::name).containsExactly("coreset", "full");
    assertThat(trainer.phases()).extracting(TrainPhase::updates).containsExactly(12L, 7L);
    assertThat(trainer.phases()).extracting(TrainPhase::weighted).containsExactly(true, false);
    assertThat(trainer.phases().get(0).indices()).isEqualTo(run("other").kept);
    assertThat(trainer.phases().get(1).indices()).hasSize(TrainRun.IMAGES);
  }

  /** A network that writes down its mode whenever it is asked. */
  private static final class Modes implements TestNetwork {
    private final TinyDenoiser inner;
    private final List<Boolean> asked = new ArrayList<>();
    private final List<Double> recomputed = new ArrayList<>();

    Modes(TinyDenoiser inner) {
      this.inner = inner;
    }

    @Override
    public Prediction predict(Tensor xt, Tensor t, Condition condition) {
      asked.add(inner.training());
      return inner.predict(xt, t, condition);
    }

    @Override
    public Map<String, Tensor> parameters() {
      return inner.parameters();
    }

    @Override
    public Map<String, Tensor> buffers() {
      return inner.buffers();
    }

    @Override
    public void train(boolean training) {
      inner.train(training);
    }

    @Override
    public void recomputedBackward(Function<Supplier<Tensor>, Tensor> precision) {
      try (Scope scope = Scope.open()) {
        recomputed.add(precision.apply(() -> Tensors.of(new double[] {7}, 1)).item_double());
      }
    }
  }

  /** Where activations are forgotten, every backward pass goes on, in parts that are handed in. */
  @Test
  void run_network_isAskedToGoOnAfterEveryBackwardPass() {
    TrainRun run = run("run");
    Modes network = new Modes(new TinyDenoiser(TrainRun.CLASSES, 0.1, 5));
    run.network = network;
    run.with(TrainConfigs.microBatch(TrainConfigs.steps(TrainRun.config(), 3), 3));
    run.run(TrainListener.NONE);
    assertThat(network.recomputed).hasSize(6).containsOnly(7.0);
  }

  /** By the optimiser and the curriculum that are given; constants of the other are nothing. */
  @Test
  void trainer_overPartsOfOnesOwn_isByThem() {
    Trainer first = ownTrainer(new AdamConfig(0.9, 0.999, 1e-8, 0));
    int[] left = {2};
    assertThatThrownBy(() -> first.run(TrainListener.NONE, () -> left[0]-- == 0))
        .isInstanceOf(Interrupted.class);
    List<Long> resumed = new ArrayList<>();
    TrainListener listener =
        new TrainListener() {
          @Override
          public void onResume(Position position, Path checkpoint) {
            resumed.add(position.step());
          }
        };
    Trainer again = ownTrainer(new AdamConfig(0.8, 0.999, 1e-8, 0));
    TrainResult result = again.run(listener, () -> false);
    assertThat(resumed).containsExactly(2L);
    assertThat(result.position().step()).isEqualTo(5).isEqualTo(again.totalSteps());
  }

  /** Of 19 steps by its configuration, and of five by its curriculum. */
  private Trainer ownTrainer(AdamConfig adam) {
    TrainRun run = run("own");
    TrainConfig config = TrainConfigs.set(TrainRun.config(), "adam", adam);
    RandomStreams random = RandomStreams.of(1);
    TinyDenoiser network = new TinyDenoiser(TrainRun.CLASSES, 0.1, 5);
    return new Trainer(
        network,
        Objective.eps(new NoiseSchedule(run.schedule)),
        Adam.coupled(network.parameters(), AdamConfig.DEFAULT),
        new PhasedCurriculum(
            TrainConfigs.steps(config, 5),
            run.kept,
            TrainRun.IMAGES,
            new EpochOrder(random, run.set().groups(), null)),
        run.set(),
        config,
        run.weighting,
        run.compute,
        random,
        new TrainFiles("model", run.folder.resolve("train-state"), run.curveFile()));
  }

  private void assertSameState(TrainRun ours, TrainRun expected) {
    Map<String, byte[]> a = ours.stateFiles();
    Map<String, byte[]> b = expected.stateFiles();
    assertThat(a.keySet()).isEqualTo(b.keySet());
    a.forEach((name, bytes) -> assertThat(bytes).as(name).isEqualTo(b.get(name)));
    assertThat(leftovers(ours.folder)).isEmpty();
  }

  private static void assertClose(TrainRun ours, TrainRun expected, double tolerance) {
    Map<String, Tensor> theirs = expected.trainer.emaWeights();
    ours.trainer
        .emaWeights()
        .forEach(
            (name, tensor) ->
                assertThat(Tensors.doubles(tensor))
                    .as(name)
                    .containsExactly(Tensors.doubles(theirs.get(name)), within(tolerance)));
  }

  private static List<Path> leftovers(Path folder) {
    try (Stream<Path> entries = Files.list(folder.resolve("train-state"))) {
      return entries.filter(entry -> entry.getFileName().toString().startsWith(".")).toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** The curve without its speeds. */
  private static List<String> curve(TrainRun run) {
    return run.curve().stream()
        .map(p -> p.step() + " " + p.epoch() + " " + p.loss() + " " + p.gradNorm())
        .toList();
  }

  /** Another type of source: its images are prepared by a thread. */
  private record Wrapped(ImageSource inner) implements ImageSource {
    @Override
    public int size() {
      return inner.size();
    }

    @Override
    public int channels() {
      return inner.channels();
    }

    @Override
    public int height() {
      return inner.height();
    }

    @Override
    public int width() {
      return inner.width();
    }

    @Override
    public int[] labels() {
      return inner.labels();
    }

    @Override
    public Tensor batch(int[] indices) {
      return inner.batch(indices);
    }
  }
}
