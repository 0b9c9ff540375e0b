package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.config.OrNull;
import io.winnow.tensor.RandomStreams;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataWarmupTest {
  private static final DataWarmupConfig LOW =
      new DataWarmupConfig(0.5, 0.25, DataWarmupConfig.Simple.LOW);
  private static final RandomStreams RANDOM = RandomStreams.of(4);

  @TempDir Path home;

  /** Epochs of {@code steps} steps of six images, on the coreset to the end. */
  private static TrainConfig config(long steps, DataWarmupConfig warmup) {
    return config(steps, null, warmup);
  }

  private static TrainConfig config(
      long steps, @OrNull Double anneal, @OrNull DataWarmupConfig warmup) {
    return TrainConfigs.set(
        TrainConfigs.steps(TrainRun.config(), steps), "anneal", anneal, "dataWarmup", warmup);
  }

  /** Forty images in two groups by turns; image i scores (7 i) mod 40. */
  private static TrainSet set(int[] kept) {
    int[] groups = IntStream.range(0, TrainRun.IMAGES).map(i -> i % 2).toArray();
    double[] scores = IntStream.range(0, TrainRun.IMAGES).mapToDouble(i -> 7 * i % 40).toArray();
    return new TrainSet(
        new Pictures(new TrainRun(Path.of(".")).images), groups, kept, null, scores);
  }

  private static int[] all() {
    return IntStream.range(0, TrainRun.IMAGES).toArray();
  }

  private static Curriculum phased(TrainConfig config, TrainSet set) {
    EpochOrder order = new EpochOrder(RANDOM, set.groups(), null);
    return new PhasedCurriculum(config, set.kept(), TrainRun.IMAGES, order);
  }

  private static Curriculum warmed(TrainConfig config, TrainSet set) {
    return new DataWarmup(config.dataWarmup(), phased(config, set), set, config.batch(), RANDOM);
  }

  private static int[] visits(Curriculum curriculum, long step) {
    return curriculum.visits(curriculum.epoch(step)).images();
  }

  /** The formula of the class, by hand, for every visit of an epoch that the warm-up ends in. */
  @Test
  void visits_inTheWarmup_areDrawnByRank_thenThoseOfTheOtherCurriculum() {
    TrainSet set = set(new int[] {2, 3, 4, 5, 10, 11, 12});
    TrainConfig config = config(4, LOW); // epochs of two steps: 6 and 1 images; the warm-up has two
    // even: 2 scores 14, 4: 28, 10: 30, 12: 4; odd: 3: 21, 5: 35, 11: 37
    int[] ordered = {12, 3, 2, 5, 4, 11, 10}; // ranks 1/8, 1/6, 3/8, 1/2, 5/8, 5/6, 7/8
    int[] found = visits(warmed(config, set), 0);
    for (int v = 0; v < 7; v++) {
      double lambda = v < 6 ? 4 : 2;
      double u = RANDOM.uniform("train.datawarmup", 0, v);
      double r = -Math.log(1 - u * (1 - Math.exp(-lambda))) / lambda;
      assertThat(found[v]).as("visit %d", v).isEqualTo(ordered[(int) (7 * r)]);
    }
    assertThat(visits(warmed(config, set), 2)).containsExactly(visits(phased(config, set), 2));
    TrainConfig short1 = config(4, new DataWarmupConfig(0.25, 0.2, LOW.simple()));
    assertThat(visits(warmed(short1, set), 0)[6]).isEqualTo(visits(phased(short1, set), 0)[6]);
  }

  /** Half of four updates on the coreset; four on everything follow. */
  @Test
  void share_isOfTheUpdatesBeforeAnnealingsSwitch() {
    TrainSet set = set(new int[] {2, 3, 4, 5, 10, 11, 12});
    TrainConfig config = config(8, 0.5, LOW);
    assertThat(visits(warmed(config, set), 0)).isNotEqualTo(visits(phased(config, set), 0));
    for (long step : new long[] {2, 4}) {
      assertThat(visits(warmed(config, set), step)).isEqualTo(visits(phased(config, set), step));
    }
  }

  @Test
  void draws_areOfSimpleImagesFirst_ofAllAlikeInTheEnd_andOfBothGroupsAlike() {
    TrainSet set = set(all());
    TrainConfig config = config(20_000, new DataWarmupConfig(1, 0.2, LOW.simple()));
    Curriculum warmed = warmed(config, set);
    double[] early = counts(warmed, 0, 1000);
    double[] late = counts(warmed, 19_000, 20_000);
    double expected = (1 - Math.exp(-2.5)) / (1 - Math.exp(-5)); // the simple half, at first
    assertThat(early[0]).isCloseTo(expected, within(0.02));
    assertThat(late[0]).isCloseTo(0.5, within(0.03));
    assertThat(early[1]).isCloseTo(0.5, within(0.02));
    DataWarmupConfig high = new DataWarmupConfig(1, 0.2, DataWarmupConfig.Simple.HIGH);
    assertThat(counts(warmed(config(20_000, high), set), 0, 1000)[0])
        .isCloseTo(1 - expected, within(0.02));
  }

  /** Shares of the visits that are among the lower half of the scores, and in group 0. */
  private static double[] counts(Curriculum curriculum, long from, long to) {
    double low = 0;
    double first = 0;
    double n = 0;
    for (long step = from; step < to; step = step + curriculum.epoch(step).steps()) {
      for (int image : visits(curriculum, step)) {
        low += 7 * image % 40 < 20 ? 1 : 0;
        first += image % 2 == 0 ? 1 : 0;
        n++;
      }
    }
    return new double[] {low / n, first / n};
  }

  @Test
  void lengthEpochsAndPositions_areThoseOfTheOtherCurriculum() {
    TrainSet set = set(new int[] {2, 3, 4, 5, 10, 11, 12});
    TrainConfig config = config(5, LOW);
    Curriculum phased = phased(config, set);
    Curriculum warmed = warmed(config, set);
    assertThat(warmed.totalSteps()).isEqualTo(5);
    for (long step = 0; step <= 5; step++) {
      assertThat(warmed.epoch(step)).isEqualTo(phased.epoch(step));
      assertThat(warmed.position(step)).isEqualTo(phased.position(step));
    }
    assertThat(warmed.phases()).hasSameSizeAs(phased.phases());
    assertThat(warmed.identity()).startsWith(phased.identity()).isNotEqualTo(phased.identity());
    assertThat(warmed(config, set(all())).identity()).isNotEqualTo(warmed.identity());
    DataWarmupConfig closer = new DataWarmupConfig(0.5, 0.1, LOW.simple());
    assertThat(warmed(config(5, closer), set).identity()).isNotEqualTo(warmed.identity());
  }

  @Test
  void run_stoppedInTheWarmupAndBehindIt_endsInTheBytesOfAnUndisturbedOne() {
    TrainRun whole = run("whole");
    whole.run(TrainListener.NONE);
    Map<String, byte[]> expected = whole.stateFiles();
    for (int stop : new int[] {1, 3, 5, 6, 8}) {
      TrainRun parts = run("stopped" + stop);
      parts.runSteps(stop);
      parts.run(TrainListener.NONE);
      parts
          .stateFiles()
          .forEach((name, bytes) -> assertThat(bytes).as(name).isEqualTo(expected.get(name)));
    }
    TrainRun other = run("other").with(config(12, null));
    other.run(TrainListener.NONE);
    assertThat(Arrays.equals(other.stateFiles().get(weights(other)), expected.get(weights(other))))
        .isFalse();
  }

  private static String weights(TrainRun run) {
    return run.stateFiles().keySet().stream()
        .filter(name -> name.endsWith("safetensors"))
        .findFirst()
        .orElseThrow();
  }

  private TrainRun run(String name) {
    TrainRun run = new TrainRun(home.resolve(name)).with(config(12, LOW));
    run.scores = IntStream.range(0, TrainRun.IMAGES).mapToDouble(i -> 7 * i % 40).toArray();
    return run;
  }

  @Test
  void imageWithoutScore_isNamed() {
    TrainSet bare = new TrainSet(set(all()).samples(), new int[40], new int[] {3, 5}, null);
    assertThatThrownBy(() -> warmed(config(4, LOW), bare))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("train.dataWarmup: image 3 has no score to order it by; expected");
    double[] scores = new double[40];
    scores[5] = Double.NaN;
    TrainSet partly = new TrainSet(bare.samples(), new int[40], bare.kept(), null, scores);
    assertThatThrownBy(() -> warmed(config(4, LOW), partly)).hasMessageContaining("image 5 has no");
  }

  @Test
  void badConfigurations_areRefused() {
    for (double share : List.of(0.0, 1.5, Double.NaN)) {
      assertThatThrownBy(() -> new DataWarmupConfig(share, 0.2, LOW.simple()))
          .hasMessageStartingWith("share is " + share + ", but must be in (0, 1]");
    }
    assertThatThrownBy(() -> new DataWarmupConfig(0.5, 0, LOW.simple()))
        .hasMessage(
            "temperature is 0.0, but must be above 0; 0.2 has half of the first draws from the"
                + " simplest 14 % of the images.");
  }
}
