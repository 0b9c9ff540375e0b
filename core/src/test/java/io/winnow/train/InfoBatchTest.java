package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Tensors;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
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
    assertThat(scores.weights(false, i -> i)).containsOnly(1);
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
