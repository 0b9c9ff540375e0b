package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.diffusion.Condition;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Objective;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.tensor.RandomStreams;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What steps are given: 60 pictures of 3 classes, 50 of them kept, batch 16. */
class StepSourceTest {
  private static final int IMAGES = 60;
  private static final int CLASSES = 3;
  private static final int BATCH = 16;
  private static final int PER_EPOCH = 4; // 16, 16, 16 and 2

  private final PlainImages images = new PlainImages(IMAGES, CLASSES, 4);
  private final int[] kept = IntStream.range(0, IMAGES).filter(i -> i % 6 != 5).toArray();
  private final int[] groups = IntStream.range(0, IMAGES).map(i -> (i / 7) % 5).toArray();
  private double dropout = 0.25;
  private boolean flip = true;
  private int trainSteps = 1000;
  private long seed = 1;
  private double[] probabilities; // null: each image once

  private EpochOrder order() {
    return new EpochOrder(RandomStreams.of(seed), groups, probabilities);
  }

  private StepSource source() {
    TrainConfig config =
        TrainConfigs.set(
            TrainRun.config(), "batch", BATCH, "epochs", 100, "anneal", 0.9, "flip", flip);
    TrainSet set = new TrainSet(new Pictures(images), groups, kept, new Guidance(CLASSES, dropout));
    return new StepSource(
        set,
        config,
        new PhasedCurriculum(config, kept, IMAGES, order()),
        Objective.eps(new NoiseSchedule(new ScheduleConfig.Linear(trainSteps, 1e-4, 0.02))),
        RandomStreams.of(seed),
        ClassLossWeights.uniform(IMAGES),
        false);
  }

  private List<Drawn> steps(int count) {
    StepSource source = source();
    List<Drawn> drawn = new ArrayList<>();
    for (int step = 0; step < count; step++) {
      try (StepInputs inputs = source.at(step)) {
        drawn.add(Drawn.of(inputs));
      }
    }
    return drawn;
  }

  /** Each picture as it is or in a mirror, about as often; never upside down. */
  @Test
  void images_withFlip_areTheKeptOnesHalfOfThemMirrored() {
    int mirrored = 0;
    int all = 0;
    for (Drawn step : steps(200)) {
      for (int b = 0; b < step.size(); b++) {
        int index = step.indices()[b];
        boolean plain = Arrays.equals(step.image(b), images.image(index));
        boolean mirror = Arrays.equals(step.image(b), images.mirrored(index));
        assertThat(plain ^ mirror).as("step %d, picture %d", step.step(), index).isTrue();
        mirrored += mirror ? 1 : 0;
        all++;
      }
    }
    assertThat(mirrored / (double) all).isCloseTo(0.5, within(0.04)); // 4 standard errors
  }

  @Test
  void images_thatAreInMemory_areNotSlow_othersAre() {
    assertThat(new Pictures(images).slow()).isTrue();
    assertThat(new Pictures(new TrainRun(Path.of(".")).images).slow()).isFalse();
  }

  @Test
  void images_withoutFlip_areAsTheyAre() {
    flip = false;
    for (Drawn step : steps(2 * PER_EPOCH)) {
      for (int b = 0; b < step.size(); b++) {
        assertThat(step.image(b)).isEqualTo(images.image(step.indices()[b]));
      }
    }
  }

  @Test
  void epoch_ofTheCoreset_hasEachKeptImageOnceInAnotherOrderEachTime() {
    List<Drawn> drawn = steps(3 * PER_EPOCH);
    List<List<Integer>> orders = new ArrayList<>();
    for (int epoch = 0; epoch < 3; epoch++) {
      List<Integer> order = new ArrayList<>();
      for (Drawn step : drawn.subList(epoch * PER_EPOCH, (epoch + 1) * PER_EPOCH)) {
        Arrays.stream(step.indices()).forEach(order::add);
      }
      assertThat(order)
          .containsExactlyInAnyOrder(Arrays.stream(kept).boxed().toArray(Integer[]::new));
      orders.add(order);
    }
    assertThat(new HashSet<>(orders)).hasSize(3);
    assertThat(drawn.stream().mapToInt(Drawn::size).limit(PER_EPOCH))
        .containsExactly(16, 16, 16, 2);
  }

  @Test
  void epoch_ofTheFullPhase_hasEveryImageOnce() {
    assertFullPhaseHasEveryImageOnce();
  }

  private void assertFullPhaseHasEveryImageOnce() {
    StepSource source = source();
    List<Integer> seen = new ArrayList<>();
    for (int step = 90 * PER_EPOCH; step < 91 * PER_EPOCH; step++) {
      try (StepInputs inputs = source.at(step)) {
        Arrays.stream(inputs.indices()).forEach(seen::add);
      }
    }
    assertThat(seen)
        .containsExactlyInAnyOrder(IntStream.range(0, IMAGES).boxed().toArray(Integer[]::new));
    try (StepInputs before = source.at(90 * PER_EPOCH - 1)) {
      assertThat(Arrays.stream(before.indices())).allMatch(i -> Arrays.binarySearch(kept, i) >= 0);
    }
  }

  /** The network is told the class or nothing; the group stays the true one either way. */
  @Test
  void labels_areTheImagesOrTheNullClass_groupsAreAlwaysTrue() {
    int dropped = 0;
    int all = 0;
    for (Drawn step : steps(200)) {
      for (int b = 0; b < step.size(); b++) {
        int index = step.indices()[b];
        assertThat(step.groups()[b]).isEqualTo(groups[index]);
        assertThat(step.y()[b]).isIn((long) images.label(index), (long) CLASSES);
        dropped += step.y()[b] == CLASSES ? 1 : 0;
        all++;
      }
    }
    assertThat(dropped / (double) all).isCloseTo(0.25, within(0.035)); // 4 standard errors
  }

  @Test
  void labels_withoutDropout_areTheImages() {
    dropout = 0;
    for (Drawn step : steps(PER_EPOCH)) {
      for (int b = 0; b < step.size(); b++) {
        assertThat(step.y()[b]).isEqualTo(images.label(step.indices()[b]));
      }
    }
  }

  @Test
  void times_areUniformOverAllOfTheSchedule() {
    int[] deciles = new int[10];
    int all = 0;
    for (Drawn step : steps(400)) {
      for (long t : step.t()) {
        deciles[(int) (t / 100)]++;
        all++;
      }
    }
    for (int count : deciles) {
      assertThat(count / (double) all).isCloseTo(0.1, within(0.02)); // nearly 5 standard errors
    }
    trainSteps = 3;
    Set<Long> few = new HashSet<>();
    steps(8).forEach(step -> Arrays.stream(step.t()).forEach(few::add));
    assertThat(few).containsExactlyInAnyOrder(0L, 1L, 2L);
  }

  @Test
  void noise_isStandardNormalAndNewForEverySample() {
    double sum = 0;
    double squares = 0;
    double fourths = 0;
    int n = 0;
    Set<Float> first = new HashSet<>();
    List<Drawn> drawn = steps(40);
    for (Drawn step : drawn) {
      assertThat(step.eps()).hasSize(step.size() * PlainImages.PIXELS);
      for (float e : step.eps()) {
        sum += e;
        squares += e * e;
        fourths += (double) e * e * e * e;
        n++;
      }
      for (int b = 0; b < step.size(); b++) {
        first.add(step.eps()[b * PlainImages.PIXELS]);
      }
    }
    assertThat(sum / n).isCloseTo(0, within(0.04));
    assertThat(squares / n).isCloseTo(1, within(0.06));
    assertThat(fourths / n).as("a normal's kurtosis, not a uniform's 1.8").isBetween(2.6, 3.4);
    assertThat(first).hasSize(drawn.stream().mapToInt(Drawn::size).sum());
  }

  /** None of flip, label dropout, time and noise tells anything of another. */
  @Test
  void draws_ofOneSample_areIndependent() {
    List<double[]> rows = new ArrayList<>();
    dropout = 0.5;
    for (Drawn step : steps(300)) {
      for (int b = 0; b < step.size(); b++) {
        boolean mirrored = !Arrays.equals(step.image(b), images.image(step.indices()[b]));
        rows.add(
            new double[] {
              mirrored ? 1 : 0,
              step.y()[b] == CLASSES ? 1 : 0,
              step.t()[b],
              step.eps()[b * PlainImages.PIXELS],
              step.indices()[b]
            });
      }
    }
    for (int i = 0; i < 5; i++) {
      for (int j = 0; j < i; j++) {
        assertThat(correlation(rows, i, j)).as("draws %d and %d", i, j).isCloseTo(0, within(0.07));
      }
    }
  }

  private static double correlation(List<double[]> rows, int i, int j) {
    double meanI = rows.stream().mapToDouble(r -> r[i]).average().orElseThrow();
    double meanJ = rows.stream().mapToDouble(r -> r[j]).average().orElseThrow();
    double both = 0;
    double squaresI = 0;
    double squaresJ = 0;
    for (double[] row : rows) {
      both += (row[i] - meanI) * (row[j] - meanJ);
      squaresI += (row[i] - meanI) * (row[i] - meanI);
      squaresJ += (row[j] - meanJ) * (row[j] - meanJ);
    }
    return both / Math.sqrt(squaresI * squaresJ);
  }

  @Test
  void inputs_areAFunctionOfSeedAndStep() {
    List<Drawn> forwards = steps(9);
    StepSource other = source();
    for (int step = 8; step >= 0; step--) { // another source, another order
      try (StepInputs inputs = other.at(step)) {
        assertSame(Drawn.of(inputs), forwards.get(step));
      }
    }
    seed = 2;
    Drawn elsewhere = steps(1).get(0);
    assertThat(elsewhere.indices()).isNotEqualTo(forwards.get(0).indices());
    assertThat(elsewhere.t()).isNotEqualTo(forwards.get(0).t());
    assertThat(elsewhere.eps()).isNotEqualTo(forwards.get(0).eps());
    assertThat(forwards.get(1).t()).isNotEqualTo(forwards.get(0).t());
  }

  private static void assertSame(Drawn ours, Drawn expected) {
    assertThat(ours.step()).isEqualTo(expected.step());
    assertThat(ours.indices()).isEqualTo(expected.indices());
    assertThat(ours.groups()).isEqualTo(expected.groups());
    assertThat(ours.images()).isEqualTo(expected.images());
    assertThat(ours.t()).isEqualTo(expected.t());
    assertThat(ours.y()).isEqualTo(expected.y());
    assertThat(ours.eps()).isEqualTo(expected.eps());
  }

  @Test
  void network_withoutClasses_getsNoLabels() {
    TrainConfig config = TrainConfigs.set(TrainRun.config(), "batch", BATCH);
    StepSource source =
        new StepSource(
            new TrainSet(new Pictures(images), groups, kept, null),
            config,
            new PhasedCurriculum(config, kept, IMAGES, order()),
            Objective.eps(new NoiseSchedule(new ScheduleConfig.Linear(10, 1e-4, 0.02))),
            RandomStreams.of(1),
            ClassLossWeights.uniform(IMAGES),
            false);
    try (StepInputs inputs = source.at(0)) {
      assertThat(inputs.draw().full().condition()).isEqualTo(Condition.none());
    }
  }

  /** With probabilities: groups as often as they say, coreset alone, weights off afterwards. */
  @Test
  void images_drawnByGroup_followTheProbabilitiesOnTheCoresetAlone() {
    probabilities = new double[] {0.1, 0.4, 0, 0.2, 0.3};
    int[] counts = new int[5];
    int all = 0;
    Set<Integer> seen = new HashSet<>();
    for (Drawn step : steps(90 * PER_EPOCH)) {
      for (int index : step.indices()) {
        counts[groups[index]]++;
        all++;
        seen.add(index);
      }
    }
    for (int g = 0; g < 5; g++) {
      assertThat(counts[g] / (double) all).isCloseTo(probabilities[g], within(0.03));
    }
    assertThat(seen).isSubsetOf(Arrays.stream(kept).boxed().toList());
    assertThat(seen).as("every kept image of a group that is drawn").hasSize(withoutGroup(2));
    assertFullPhaseHasEveryImageOnce();
  }

  private int withoutGroup(int group) {
    return (int) Arrays.stream(kept).filter(i -> groups[i] != group).count();
  }
}
