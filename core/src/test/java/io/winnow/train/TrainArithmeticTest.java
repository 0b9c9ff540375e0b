package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.Curve;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.SampleLosses;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.optim.AdamConfig;
import io.winnow.optim.EmaRule;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Safetensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole trainings of a network small enough for a person, against {@link HandMadeUpdate}: 7 images
 * of which 5 are kept, batch 2, three epochs of 3 steps on the coreset and three of 4 steps on
 * everything.
 */
class TrainArithmeticTest {
  private static final int CORESET_STEPS = 9;
  private static final int STEPS = 21;
  private static final double[] WEIGHTS = {0.5, 2, 1.25};
  private static final LossWeighting CLASS_WEIGHTS = new ClassLossWeights(WEIGHTS);
  private static final double RATE = 0.04;

  /** Epoch e of a warm-up over 4: a quarter, a half, three quarters, all of it. */
  private static final double[] RATES = {
    0.01, 0.01, 0.01, 0.02, 0.02, 0.02, 0.03, 0.03, 0.03, 0.04, 0.04, 0.04, 0.04, 0.04, 0.04, 0.04,
    0.04, 0.04, 0.04, 0.04, 0.04
  };

  private static final Offset<Double> CLOSE = within(2e-5);

  @TempDir Path folder;

  private final List<Drawn> drawn = new ArrayList<>();
  private final AffineDenoiser network = new AffineDenoiser();
  private final HandMadeUpdate hand = new HandMadeUpdate(40, 1e-3, 0.2);
  private final PlainImages images = new PlainImages(7, 3, 1);

  private static TrainConfig config(Object... changes) {
    TrainConfig base =
        new TrainConfig(
            6,
            null,
            2,
            null,
            RATE,
            4,
            new AdamConfig(
                HandMadeUpdate.BETA1,
                HandMadeUpdate.BETA2,
                HandMadeUpdate.EPS,
                HandMadeUpdate.DECAY),
            null,
            0.6,
            EmaRule.RAMP,
            0.5,
            null,
            null,
            true,
            0.5,
            TrainConfig.AnnealWeights.OFF,
            TrainConfig.WeightsAs.LOSS,
            new TrainConfig.CheckpointRule(null, null, null),
            1,
            null,
            null);
    return TrainConfigs.set(base, changes);
  }

  private TrainRun run(TrainConfig config) {
    return run(config, new ClassLossWeights(WEIGHTS));
  }

  private TrainRun run(TrainConfig config, LossWeighting weighting) {
    TrainRun run = prepared(config, weighting);
    run.run(TrainListener.NONE);
    assertThat(drawn).hasSize(STEPS);
    return run;
  }

  private TrainRun prepared(TrainConfig config, LossWeighting weighting) {
    TrainRun run = new TrainRun(folder.resolve("run")).with(config);
    run.images = images;
    run.kept = new int[] {0, 2, 3, 5, 6};
    run.groups = new int[] {1, 0, 2, 1, 0, 2, 2};
    run.guidance = new Guidance(3, 0.3);
    run.schedule = new ScheduleConfig.Linear(40, 1e-3, 0.2);
    run.weighting = weighting;
    run.network = network;
    run.inputs = Drawn.into(drawn);
    return run;
  }

  /** b_k of RAMP with beta 0.6: 1 - 2^(-2/3), 1 - 3^(-2/3), and 0.6 where that exceeds it. */
  private static double ramp(int k) {
    return k == 1 ? 0 : k == 2 ? 0.37003947505256 : k == 3 ? 0.51925014365407 : 0.6;
  }

  private static double[] weighted(Drawn step) {
    return Arrays.stream(step.groups()).mapToDouble(g -> WEIGHTS[g] / step.size()).toArray();
  }

  private static double[] plain(Drawn step) {
    double[] ones = new double[step.size()];
    Arrays.fill(ones, 1.0 / step.size());
    return ones;
  }

  private void assertEqualsHand(TrainRun run) {
    List<Curve.Point> curve = run.curve();
    assertThat(curve).hasSize(STEPS);
    for (int i = 0; i < STEPS; i++) {
      Curve.Point point = curve.get(i);
      assertThat(point.loss()).as("loss of step %d", i).isCloseTo(hand.losses.get(i), CLOSE);
      assertThat(point.gradNorm()).as("norm of step %d", i).isCloseTo(hand.norms.get(i), CLOSE);
      assertThat(point.learningRate()).as("rate of step %d", i).isCloseTo(RATES[i], within(1e-12));
    }
    assertValues("parameters", run.network.parameters(), hand.p);
    assertValues("average", run.trainer.emaWeights(), hand.ema);
    assertThat(Tensors.doubles(run.trainer.emaWeights().get("passes"))[0])
        .isCloseTo(hand.emaPasses, CLOSE);
  }

  private static void assertValues(String what, Map<String, Tensor> ours, double[] expected) {
    double[] all = new double[8];
    System.arraycopy(Tensors.doubles(ours.get("gain")), 0, all, 0, 3);
    System.arraycopy(Tensors.doubles(ours.get("classes")), 0, all, 3, 4);
    all[7] = Tensors.doubles(ours.get("slope"))[0];
    assertThat(all).as(what).containsExactly(expected, CLOSE);
  }

  @Test
  void training_weightedOnTheCoresetAlone_equalsTheUpdateByHand() {
    TrainRun run = run(config());
    for (Drawn step : drawn) {
      double[] c = step.step() < CORESET_STEPS ? weighted(step) : plain(step);
      hand.step(step, c, RATES[(int) step.step()], 0.5, ramp((int) step.step() + 1), 1);
    }
    assertThat(hand.norms).anyMatch(norm -> norm > 0.55).anyMatch(norm -> norm < 0.45);
    assertEqualsHand(run);
    assertCheckpoint();
  }

  /** The one checkpoint that stays: weights as trained, their average, the moments. */
  private void assertCheckpoint() {
    Path checkpoint = folder.resolve("run/train-state/step-000000021");
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> raw = Safetensors.read(checkpoint.resolve("weights.safetensors"));
      assertValues("raw", raw, hand.p);
      assertThat(Tensors.doubles(raw.get("passes"))).containsExactly(STEPS);
      assertThat(Tensors.longs(raw.get("calls"))).containsExactly(STEPS);
      assertValues("ema", Safetensors.read(checkpoint.resolve("ema.safetensors")), hand.ema);
      Map<String, Tensor> adam = Safetensors.read(checkpoint.resolve("optimizer.safetensors"));
      assertThat(Tensors.doubles(adam.get("exp_avg.slope"))[0]).isCloseTo(hand.m[7], CLOSE);
      assertThat(Tensors.doubles(adam.get("exp_avg_sq.slope"))[0]).isCloseTo(hand.v[7], CLOSE);
      assertThat(Tensors.doubles(adam.get("step"))).containsExactly(STEPS);
    }
    assertThat(folder.resolve("run/train-state").toFile().list()).hasSize(1);
    assertThat(Files.exists(checkpoint.resolve("SHA256SUMS"))).isTrue();
  }

  @Test
  void training_weightsKeptUnclippedConstantAverage_equalsTheUpdateByHand() {
    TrainRun run =
        run(
            config(
                "annealWeights", TrainConfig.AnnealWeights.KEEP,
                "gradientClip", null,
                "emaRule", EmaRule.CONSTANT));
    for (Drawn step : drawn) {
      hand.step(step, weighted(step), RATES[(int) step.step()], Double.POSITIVE_INFINITY, 0.6, 1);
    }
    assertThat(hand.norms).anyMatch(norm -> norm > 1);
    assertEqualsHand(run);
  }

  /** Epochs of 3, 1 and 5 visits; an image may come twice, or not at all. */
  private static final class ByHand implements Curriculum {
    static final int[][] VISITS = {{0, 1, 2}, {4}, {6, 3, 6, 1, 0}};
    static final double[][] WEIGHTS = {null, {2}, {1, 0.5, 2, 0, 1.5}};
    private static final int[] FIRST = {0, 2, 3, 6};

    @Override
    public long totalSteps() {
      return 6;
    }

    @Override
    public Epoch epoch(long step) {
      int number = step < 2 ? 0 : step < 3 ? 1 : 2;
      int steps = FIRST[number + 1] - FIRST[number];
      return new Epoch(number, "growing", FIRST[number], steps, true);
    }

    @Override
    public Visits visits(Epoch epoch) {
      return new Visits(VISITS[epoch.number()], WEIGHTS[epoch.number()]);
    }

    @Override
    public Position position(long step) {
      return new Position("growing", epoch(step).number(), step, 0);
    }

    @Override
    public String identity() {
      return "by hand";
    }

    @Override
    public List<TrainPhase> phases() {
      return List.of(new TrainPhase("growing", new int[] {0, 1, 2, 3, 4, 6}, 6, true));
    }
  }

  /** Weights of samples multiply those of classes; the rate warms up by epochs of any length. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void training_onACurriculumOfItsOwn_equalsTheUpdateByHand(int microBatch) {
    TrainRun run = prepared(config("microBatch", microBatch, "gradientClip", null), CLASS_WEIGHTS);
    run.curriculum = ofTheConfiguration -> new ByHand();
    List<Integer> ends = new ArrayList<>();
    run.run(
        new TrainListener() {
          @Override
          public void onEpoch(Position position, Map<String, Double> notes) {
            ends.add((int) position.step());
          }
        });
    assertThat(ends).containsExactly(2, 3, 6);
    assertThat(drawn.stream().flatMapToInt(step -> Arrays.stream(step.indices())))
        .containsExactly(0, 1, 2, 4, 6, 3, 6, 1, 0);
    double[] rates = {0.01, 0.01, 0.02, 0.03, 0.03, 0.03};
    double[][] weights = {{1, 1}, {1}, {2}, {1, 0.5}, {2, 0}, {1.5}};
    for (Drawn step : drawn) {
      int k = (int) step.step();
      double[] c = weighted(step);
      Arrays.setAll(c, i -> c[i] * weights[k][i]);
      int forwards = microBatch == 1 ? step.size() : 1;
      hand.step(step, c, rates[k], Double.POSITIVE_INFINITY, ramp(k + 1), forwards);
    }
    List<Curve.Point> curve = run.curve();
    for (int k = 0; k < 6; k++) {
      assertThat(curve.get(k).phase()).isEqualTo("model");
      assertThat(curve.get(k).loss()).isCloseTo(hand.losses.get(k), CLOSE);
      assertThat(curve.get(k).learningRate()).isCloseTo(rates[k], within(1e-12));
    }
    assertValues("parameters", run.network.parameters(), hand.p);
  }

  @Test
  void training_inMicroBatchesOfOne_equalsTheUpdateByHand() {
    TrainRun run = run(config("microBatch", 1));
    for (Drawn step : drawn) {
      double[] c = step.step() < CORESET_STEPS ? weighted(step) : plain(step);
      hand.step(step, c, RATES[(int) step.step()], 0.5, ramp((int) step.step() + 1), step.size());
    }
    assertEqualsHand(run);
  }

  /**
   * A weighting that watches: it wants the losses of the whole batch first, each micro-batch in its
   * turn, and gives coefficients that depend on them. In the full phase it is not asked.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void training_watched_equalsTheUpdateByHandWithCoefficientsOfTheSameLosses(int microBatch) {
    Watching watching = new Watching();
    TrainRun run = run(config("microBatch", microBatch), watching);
    int seen = 0;
    for (Drawn step : drawn) {
      boolean coreset = step.step() < CORESET_STEPS;
      int parts = microBatch == 1 ? step.size() : 1;
      double[] c = plain(step);
      if (coreset) {
        double[] losses = hand.losses(step);
        assertThat(watching.losses.get(seen++)).containsExactly(losses, CLOSE);
        c = Watching.coefficients(losses);
      }
      int forwards = coreset && parts > 1 ? 2 * parts : parts;
      hand.step(step, c, RATES[(int) step.step()], 0.5, ramp((int) step.step() + 1), forwards);
    }
    assertThat(watching.losses).hasSize(CORESET_STEPS);
    assertThat(watching.epochs).isEqualTo(6);
    assertEqualsHand(run);
  }

  /** Coefficients that are the losses themselves, to see which losses they are. */
  private static final class Watching implements LossWeighting {
    private final List<double[]> losses = new ArrayList<>();
    private final List<Double> now = new ArrayList<>();
    private WatchedRun begun;
    private int epochs;

    static double[] coefficients(double[] losses) {
      return Arrays.stream(losses).map(loss -> loss / losses.length).toArray();
    }

    @Override
    public boolean watches() {
      return true;
    }

    @Override
    public void begin(WatchedRun run) {
      begun = run;
    }

    @Override
    public void watch(TrainStep step, SampleLosses perSample) {
      assertThat(begun.updates()).isEqualTo(STEPS);
      assertThat(begun.batch()).isEqualTo(2);
      assertThat(perSample.trained().requires_grad()).isFalse();
      assertThat(step.step()).isEqualTo(losses.size());
      assertThat(step.passes().full().xt().size(0)).isEqualTo(step.indices().length);
      assertThat(step.groups()).hasSameSizeAs(step.indices());
      Arrays.stream(Tensors.doubles(perSample.trained())).forEach(now::add);
    }

    @Override
    public void update() {
      losses.add(now.stream().mapToDouble(d -> d).toArray());
      now.clear();
    }

    @Override
    public double[] coefficients(int[] groups) {
      return coefficients(losses.get(losses.size() - 1));
    }

    @Override
    public Map<String, Double> endEpoch(TrainListener listener) {
      epochs++;
      return Map.of();
    }

    @Override
    public String identity() {
      return "watching";
    }
  }

  /** Every forward pass sees x_t = sqrt(abar) x0 + sqrt(1 - abar) eps with x0 in [-1, 1]. */
  @Test
  void network_inTraining_seesTheNoisyImagesOfTheScheduleInTrainingMode() {
    run(config());
    assertThat(network.seen).hasSize(STEPS).allMatch(AffineDenoiser.Call::training);
    for (int i = 0; i < STEPS; i++) {
      AffineDenoiser.Call call = network.seen.get(i);
      Drawn step = drawn.get(i);
      assertThat(call.t()).isEqualTo(step.t());
      assertThat(call.y()).isEqualTo(step.y());
      for (int b = 0; b < step.size(); b++) {
        double[] xt =
            Arrays.copyOfRange(call.xt(), b * PlainImages.PIXELS, (b + 1) * PlainImages.PIXELS);
        assertThat(xt).containsExactly(hand.noisy(step, b), within(1e-5));
      }
    }
    network
        .predict(
            xtOf(1),
            Tensors.of(new long[] {0}, 1),
            Condition.ofClasses(Tensors.of(new long[] {0}, 1)))
        .value();
    assertThat(network.seen.get(STEPS).training()).as("mode afterwards").isFalse();
  }

  @Test
  void training_bySampling_drawsTheCoresetByTheWeightingAndTheRestAsItIs() {
    run(config(), new ClassSampling(new double[] {0, 1, 0}));
    assertThat(drawn.subList(0, CORESET_STEPS))
        .allSatisfy(step -> assertThat(step.groups()).containsOnly(1));
    assertThat(
            drawn.subList(CORESET_STEPS, CORESET_STEPS + 4).stream()
                .flatMapToInt(step -> Arrays.stream(step.indices())))
        .containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6);
  }

  /** A hundred steps an epoch, one image each; the images of group 1 have a loss of NaN. */
  @Test
  void training_onePercentOfEachEpochNotFinite_goesOn_twoPercentEndIt() {
    TrainRun run = broken("one", 1);
    run.run(TrainListener.NONE);
    assertThat(run.curve()).hasSize(3);
    assertThat(Tensors.doubles(run.network.parameters().get("gain")))
        .as("steps without a finite gradient are skipped")
        .doesNotContain(Double.NaN);
    TrainRun worse = broken("two", 2);
    assertThatThrownBy(() -> worse.run(TrainListener.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 of 100 steps of epoch 0");
  }

  private TrainRun broken(String name, int bad) {
    TrainRun run = new TrainRun(folder.resolve(name));
    run.images = new PlainImages(100, 3, 1);
    run.kept = IntStream.range(0, 100).toArray();
    run.groups = IntStream.range(0, 100).map(i -> i < bad ? 1 : 0).toArray();
    run.guidance = new Guidance(3, 0);
    run.network = new AffineDenoiser();
    run.weighting = new ClassLossWeights(new double[] {1, Double.NaN});
    run.with(config("epochs", 3, "anneal", null, "batch", 1, "reportSteps", 100));
    return run;
  }

  /** Dropout: other masks in every micro-batch; the pass before the gradient has the same. */
  @Test
  void dropoutMasks_areAFunctionOfStepAndMicroBatch() {
    run(config("microBatch", 1), new Watching());
    List<AffineDenoiser.Call> seen = network.seen;
    assertThat(seen.get(0).gradient()).as("watched without gradient").isFalse();
    assertThat(seen.get(2).gradient()).isTrue();
    assertThat(seen.get(0).mask()).isEqualTo(seen.get(2).mask());
    assertThat(seen.get(1).mask()).isEqualTo(seen.get(3).mask());
    assertThat(seen.stream().map(AffineDenoiser.Call::mask).distinct())
        .as("one for each sample, each a micro-batch of its own")
        .hasSize(drawn.stream().mapToInt(Drawn::size).sum());
  }

  /** Two seconds a step by the clock of the test; a report every fourth step and at the end. */
  @Test
  void reports_areMeansSinceTheLastOne() {
    TrainRun run = prepared(config("reportSteps", 4), new ClassLossWeights(WEIGHTS));
    run.nanoClock = () -> 77 + 2_000_000_000L * network.seen.size();
    List<TrainReport> reports = new ArrayList<>();
    TrainResult result =
        run.run(
            new TrainListener() {
              @Override
              public void onReport(TrainReport report) {
                reports.add(report);
              }
            });
    for (Drawn step : drawn) {
      double[] c = step.step() < CORESET_STEPS ? weighted(step) : plain(step);
      hand.step(step, c, RATES[(int) step.step()], 0.5, ramp((int) step.step() + 1), 1);
    }
    assertThat(reports.stream().map(r -> r.position().step()))
        .containsExactly(4L, 8L, 12L, 16L, 20L, 21L);
    for (TrainReport report : reports) {
      int to = (int) report.position().step();
      int from = to == 21 ? 20 : to - 4;
      int images = drawn.subList(0, to).stream().mapToInt(Drawn::size).sum();
      assertThat(report.loss()).isCloseTo(mean(hand.losses.subList(from, to)), CLOSE);
      assertThat(report.gradNorm()).isCloseTo(mean(hand.norms.subList(from, to)), CLOSE);
      assertThat(report.learningRate()).isCloseTo(RATES[to - 1], within(1e-12));
      assertThat(report.totalSteps()).isEqualTo(STEPS);
      assertThat(report.position().samplesSeen()).isEqualTo(images);
      assertThat(report.imagesPerSecond()).isCloseTo(images / (2.0 * to), within(1e-9));
    }
    assertThat(run.curve().stream().map(Curve.Point::epoch)).containsExactly(1, 2, 3, 4, 5, 5);
    assertThat(run.curve().get(1).imagesPerSecond()).isEqualTo(reports.get(1).imagesPerSecond());
    assertThat(run.curve().get(1).samplesSeen()).isEqualTo(14);
    assertThat(run.curve().get(1).phase()).isEqualTo("model");
    assertThat(result.lastLoss()).isEqualTo(reports.get(5).loss());
    assertThat(result.seconds()).isEqualTo(42);
    assertThat(result.images()).isEqualTo(36);
    assertThat(result.position()).isEqualTo(new Position("full", 6, 21, 36));
    assertThat(run.trainer.totalSteps()).isEqualTo(21);
    assertThat(run.trainer.totalImages()).isEqualTo(36);
    assertThat(folder.resolve("run/events/model")).isNotEmptyDirectory();
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(d -> d).average().orElseThrow();
  }

  private static Tensor xtOf(int batch) {
    return Tensors.of(new float[batch * PlainImages.PIXELS], batch, 3, 2, 4);
  }
}
