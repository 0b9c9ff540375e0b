package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.diffusion.SampleLosses;
import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InfoBatchTest {
  private static final InfoBatchConfig HALF = new InfoBatchConfig(0.5, 0.75, 1);

  @TempDir Path home;

  /** Twenty images in batches of six: whole epochs of four steps. */
  private static TrainConfig config(Long steps, Double anneal, TrainConfig.WeightsAs as) {
    return TrainConfigs.set(
        TrainRun.config(),
        "epochs",
        steps == null ? 4 : null,
        "steps",
        steps,
        "anneal",
        anneal,
        "weightsAs",
        as,
        "infobatch",
        HALF);
  }

  private TrainRun run(String name) {
    return new TrainRun(home.resolve(name)).with(config(24L, null, TrainConfig.WeightsAs.LOSS));
  }

  @Test
  void weights_expectation_isThatOfTheFullSum() {
    InfoBatchScores scores = new InfoBatchScores(40, HALF);
    IntStream.range(0, 40).forEach(i -> scores.see(i, i % 10));
    double sum = 0;
    for (int epoch = 0; epoch < 400; epoch++) {
      int e = epoch;
      double[] weights = scores.weights(true, i -> RandomStreams.of(1).uniform("draw", e, i));
      assertThat(DoubleStream.of(weights).sum()).isEqualTo(40);
      for (int i = 0; i < 40; i++) {
        sum += weights[i] * scores.scores()[i] / 400;
      }
    }
    assertThat(sum).isCloseTo(180, within(1.0));
  }

  @Test
  void weights_untilAllWereSeen_andAfterTheSwitch_areOne() {
    InfoBatchScores scores = new InfoBatchScores(3, HALF);
    scores.see(0, 1);
    scores.see(1, 5);
    assertThat(scores.weights(true, i -> 0)).containsOnly(1);
    scores.see(2, 1);
    assertThat(scores.weights(true, i -> i)).containsExactly(2, 1, 0);
    assertThat(scores.weights(true, i -> -i)).containsExactly(0, 1, 2);
    assertThat(scores.weights(false, i -> i)).containsOnly(1);
  }

  /** Below the mean is strictly below it. */
  @Test
  void weights_ofEqualScores_areOne() {
    InfoBatchScores scores = new InfoBatchScores(3, HALF);
    IntStream.range(0, 3).forEach(i -> scores.see(i, 2));
    assertThat(scores.weights(true, i -> i)).containsOnly(1);
  }

  @Test
  void see_movingAverage_mixesTheNewestIn() {
    InfoBatchScores scores = new InfoBatchScores(1, new InfoBatchConfig(0.5, 1, 0.25));
    scores.see(0, 4);
    scores.see(0, 8);
    assertThat(scores.scores()).containsExactly(5);
  }

  @Test
  void run_stoppedAtAnyStep_endsInTheBytesOfAnUndisturbedOne() {
    TrainRun whole = run("whole");
    whole.run(TrainListener.NONE);
    Map<String, byte[]> expected = whole.stateFiles();
    for (int stop : new int[] {1, 4, 5, 7, 8, 17, 18, 19, 22}) {
      TrainRun parts = run("stopped" + stop);
      parts.runSteps(stop);
      TrainResult result = parts.run(TrainListener.NONE);
      Map<String, byte[]> found = parts.stateFiles();
      assertThat(found.keySet()).isEqualTo(expected.keySet());
      expected.forEach(
          (name, bytes) -> assertThat(found.get(name)).as("%d %s", stop, name).isEqualTo(bytes));
      assertThat(result.position())
          .isEqualTo(whole.trainer.run(TrainListener.NONE, () -> false).position());
    }
  }

  @Test
  void epochs_prune_untilTheSwitch_thenVisitEverything() {
    TrainRun run = run("epochs");
    int[] visited = new int[24];
    double[][] weights = new double[24][];
    run.inputs =
        source ->
            step -> {
              StepInputs inputs = source.at(step);
              visited[(int) step] = inputs.size();
              weights[(int) step] = Tensors.doubles(inputs.weights());
              return inputs;
            };
    run.run(TrainListener.NONE);
    assertThat(Arrays.copyOf(visited, 4)).containsExactly(6, 6, 6, 2); // epoch 0: everything
    double[] pruned =
        Arrays.stream(weights, 4, 18)
            .flatMapToDouble(DoubleStream::of)
            .distinct()
            .sorted()
            .toArray();
    assertThat(pruned).containsExactly(1, 2);
    assertThat(Arrays.copyOfRange(visited, 18, 22)).containsExactly(6, 6, 6, 2);
    assertThat(Arrays.stream(weights, 18, 24).flatMapToDouble(DoubleStream::of).toArray())
        .containsOnly(1);
    assertThat(run.trainer.totalImages()).isEqualTo(IntStream.of(visited).sum());
  }

  /** Losses decide what comes next, so that nothing is made ahead of them. */
  @Test
  void inputs_ofImagesThatAreSlowToGather_areMadeOnTheSpotAllTheSame() {
    TrainRun run = run("slow");
    run.images = new PlainImages(TrainRun.IMAGES, TrainRun.CLASSES, 1);
    Set<String> feeders = run.feeders();
    run.run(TrainListener.NONE);
    assertThat(feeders).containsExactly(Thread.currentThread().getName());
  }

  @Test
  void phases_areOne_andTheConstantsBelongToTheRun() {
    TrainRun run = run("run");
    TrainPhase only = run.build().phases().get(0);
    assertThat(run.trainer.phases()).hasSize(1);
    assertThat(only.name()).isEqualTo("coreset");
    assertThat(only.indices()).isEqualTo(run.kept);
    assertThat(only.updates()).isEqualTo(24);
    assertThat(only.weighted()).isTrue();
    run.runSteps(1);
    TrainRun other = run("run");
    InfoBatchConfig quarter = new InfoBatchConfig(0.25, 0.75, 1);
    other.with(TrainConfigs.set(other.config, "infobatch", quarter));
    assertThatThrownBy(() -> other.run(TrainListener.NONE))
        .hasMessageContaining("anneal was infobatch 0.5 0.75 1.0 and is now infobatch 0.25 0.75");
    TrainRun whole = run("whole");
    whole.kept = IntStream.range(0, TrainRun.IMAGES).toArray();
    assertThat(whole.build().phases().get(0).name()).isEqualTo("full");
  }

  /** Notes what it is asked, with answers that can be told apart. */
  private static final class Noted implements LossWeighting {
    private final List<String> heard = new ArrayList<>();
    private boolean watches;

    @Override
    public boolean watches() {
      return watches;
    }

    @Override
    public void begin(WatchedRun run) {
      heard.add("begin " + run.updates());
    }

    @Override
    public void watch(TrainStep step, SampleLosses losses) {
      heard.add("watch " + step.step());
    }

    @Override
    public void update() {
      heard.add("update");
    }

    @Override
    public double[] coefficients(int[] groups) {
      return new double[] {groups.length};
    }

    @Override
    public Tensor coefficients(int[] groups, Device device) {
      return Tensors.of(new double[] {-groups.length}, 1);
    }

    @Override
    public Map<String, Double> endEpoch(TrainListener listener) {
      return Map.of("strength", 3.0);
    }

    @Override
    public String identity() {
      return "noted";
    }

    @Override
    public String state() {
      return "two\nlines";
    }

    @Override
    public void restore(String state, long step) {
      heard.add("restore " + state + " " + step);
    }
  }

  private static final RandomStreams RANDOM = RandomStreams.of(1);

  private static InfoBatch curriculum(long steps, int... kept) {
    EpochOrder order = new EpochOrder(RANDOM, new int[TrainRun.IMAGES], null);
    TrainConfig config = config(steps, null, TrainConfig.WeightsAs.LOSS);
    return new InfoBatch(config, kept, TrainRun.IMAGES, RANDOM, order);
  }

  /** Of twelve images eight are learned well, of which half are visited, until step 7 of 9. */
  @Test
  void epochs_visitTheSmallestDrawsOfWhatIsLearnedWell_andEndAtTheSwitch() {
    int[] kept = IntStream.range(0, 12).map(i -> 3 * i).toArray();
    InfoBatch infobatch = curriculum(9, kept);
    assertThat(infobatch.epoch(1)).isEqualTo(new Curriculum.Epoch(0, "coreset", 0, 2, true));
    try (Scope scope = Scope.open()) {
      double[] losses = IntStream.of(kept).mapToDouble(image -> image < 24 ? 1 : 5).toArray();
      Tensor seen = Tensors.of(losses, 12).to(torch.ScalarType.Float);
      TrainStep step = new TrainStep(0, null, new int[12], kept);
      infobatch.watched(ClassLossWeights.uniform(1)).watch(step, SampleLosses.same(seen));
    }
    for (int number = 1; number < 3; number++) {
      long first = 2L * number;
      Curriculum.Epoch epoch = infobatch.epoch(first);
      assertThat(epoch).isEqualTo(new Curriculum.Epoch(number, "coreset", first, 2, true));
      assertThat(infobatch.epoch(first - 1).number()).isEqualTo(number - 1);
      Curriculum.Visits visits = infobatch.visits(epoch);
      assertThat(visits.images()).containsExactlyInAnyOrder(smallestDraws(number, kept));
      assertThat(visits.weights())
          .containsExactly(
              IntStream.of(visits.images()).mapToDouble(image -> image < 24 ? 2 : 1).toArray());
    }
    assertThat(infobatch.epoch(6)).isEqualTo(new Curriculum.Epoch(3, "coreset", 6, 1, true));
    assertThat(infobatch.epoch(7)).isEqualTo(new Curriculum.Epoch(4, "coreset", 7, 2, true));
    assertThat(infobatch.visits(infobatch.epoch(7)).images()).containsExactlyInAnyOrder(kept);
    assertThat(infobatch.position(8)).isEqualTo(new Position("coreset", 4, 8, 12 + 8 + 8 + 6 + 6));
    assertThat(infobatch.position(9)).isEqualTo(new Position("coreset", 5, 9, 12 + 8 + 8 + 6 + 12));
  }

  /** Four of the first eight by their draws, and the last four. */
  private static int[] smallestDraws(int epoch, int[] kept) {
    IntStream well =
        IntStream.range(0, 8)
            .mapToObj(i -> kept[i])
            .sorted(Comparator.comparingDouble(i -> RANDOM.uniform("train.infobatch", epoch, i)))
            .limit(4)
            .mapToInt(image -> image);
    return IntStream.concat(well, IntStream.range(8, 12).map(i -> kept[i])).toArray();
  }

  @Test
  void watched_handsEverythingOnToTheWeightingOfTheRun() {
    Noted inner = new Noted();
    LossWeighting watched = curriculum(24, 1, 4, 9).watched(inner);
    assertThat(watched.watches()).isTrue();
    watched.begin(new WatchedRun(24, 6, null, null));
    try (Scope scope = Scope.open()) {
      TrainStep step = new TrainStep(3, null, new int[2], new int[] {9, 1});
      SampleLosses losses = SampleLosses.same(Tensors.of(new float[] {0.5f, 2}, 2));
      watched.watch(step, losses);
      watched.update();
      assertThat(inner.heard).as("it does not watch").containsExactly("begin 24");
      inner.watches = true;
      watched.watch(step, losses);
      watched.update();
      assertThat(inner.heard).containsExactly("begin 24", "watch 3", "update");
      assertThat(watched.coefficients(new int[5])).containsExactly(5);
      Device cpu = Compute.plainCpu().device();
      assertThat(Tensors.doubles(watched.coefficients(new int[5], cpu))).containsExactly(-5);
    }
    assertThat(watched.samplingProbabilities()).isNull();
    assertThat(watched.endEpoch(TrainListener.NONE)).isEqualTo(Map.of("strength", 3.0));
    assertThat(watched.identity()).isEqualTo("noted");
    LossWeighting again = curriculum(24, 1, 4, 9).watched(inner);
    assertThat(again.state()).as("no loss seen").isNotEqualTo(watched.state());
    again.restore(watched.state(), 7);
    assertThat(inner.heard).last().isEqualTo("restore two\nlines 7");
    assertThat(again.state()).isEqualTo(watched.state());
  }

  @Test
  void config_whatCannotGoTogether_isRefused() {
    assertThatThrownBy(() -> config(null, null, TrainConfig.WeightsAs.LOSS))
        .hasMessageStartingWith("infobatch is given with epochs");
    assertThatThrownBy(() -> config(9L, 0.5, TrainConfig.WeightsAs.LOSS))
        .hasMessageStartingWith("infobatch is given beside anneal");
    assertThatThrownBy(() -> config(9L, null, TrainConfig.WeightsAs.SAMPLING))
        .hasMessageStartingWith("infobatch is given with weightsAs");
    assertThatThrownBy(() -> new InfoBatchConfig(1, 0.5, 1)).hasMessageStartingWith("ratio is 1.0");
    assertThatThrownBy(() -> new InfoBatchConfig(0.5, 0, 1)).hasMessageStartingWith("delta is 0.0");
    assertThatThrownBy(() -> new InfoBatchConfig(0.5, 1, 0)).hasMessageStartingWith("ema is 0.0");
  }
}
