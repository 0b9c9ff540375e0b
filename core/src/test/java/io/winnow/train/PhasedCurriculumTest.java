package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.tensor.RandomStreams;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PhasedCurriculumTest {
  private static TrainConfig config(Integer epochs, Long steps, Double anneal) {
    return TrainConfigs.set(
        TrainRun.config(),
        "epochs",
        epochs,
        "steps",
        steps,
        "batch",
        128,
        "warmupEpochs",
        13,
        "anneal",
        anneal);
  }

  private static Curriculum curriculum(TrainConfig config, int[] kept, int all) {
    EpochOrder order = new EpochOrder(RandomStreams.of(1), new int[all], null);
    return new PhasedCurriculum(config, kept, all, order);
  }

  @Test
  void plan_ofThePaper_switchesAtEpoch1750() {
    Curriculum plan = curriculum(config(2000, null, 0.875), new int[5000], 50_000);
    long coresetSteps = 1750L * 40;
    assertThat(plan.totalSteps()).isEqualTo(coresetSteps + 250L * 391);
    assertThat(plan.position(coresetSteps - 1).phase()).isEqualTo("coreset");
    assertThat(plan.position(coresetSteps))
        .isEqualTo(new Position("full", 1750, coresetSteps, 1750L * 5000));
    assertThat(plan.position(plan.totalSteps()).samplesSeen())
        .isEqualTo(1750L * 5000 + 250L * 50_000);
  }

  @Test
  void plan_withoutAnnealing_staysOnTheCoreset() {
    Curriculum plan = curriculum(config(2000, null, null), new int[5000], 50_000);
    assertThat(plan.totalSteps()).isEqualTo(2000L * 40);
    assertThat(plan.position(40)).isEqualTo(new Position("coreset", 1, 40, 5000));
    assertThat(plan.epochEndsBefore(40)).isTrue();
    assertThat(plan.epochEndsBefore(41)).isFalse();
    assertThat(plan.epochEndsBefore(0)).isFalse();
    assertThat(plan.adapts()).isFalse();
  }

  @Test
  void plan_bySteps_switchesAtTheShareOfTheSteps() {
    Curriculum plan = curriculum(config(null, 1000L, 0.875), new int[1000], 2000);
    assertThat(plan.totalSteps()).isEqualTo(1000);
    assertThat(plan.position(874).phase()).isEqualTo("coreset");
    assertThat(plan.position(875).phase()).isEqualTo("full");
    assertThat(plan.epoch(875).firstStep()).isEqualTo(875);
    assertThat(plan.position(875).samplesSeen()).isEqualTo(109L * 1000 + 3 * 128);
    assertThat(plan.epochEndsBefore(875)).isTrue();
  }

  /** Epoch e of 5 is the coreset's iff e < 2.5, step s of 35 iff s < 12.25. */
  @Test
  void plan_shareThatIsNoWholeNumber_isRoundedUp() {
    Curriculum epochs = curriculum(config(5, null, 0.5), new int[128], 256);
    assertThat(epochs.totalSteps()).isEqualTo(3 + 2 * 2);
    assertThat(epochs.position(2).phase()).isEqualTo("coreset");
    assertThat(epochs.position(3)).isEqualTo(new Position("full", 3, 3, 3 * 128));
    Curriculum steps = curriculum(config(null, 35L, 0.35), new int[128], 256);
    assertThat(steps.totalSteps()).isEqualTo(35);
    assertThat(steps.position(12).phase()).isEqualTo("coreset");
    assertThat(steps.position(13).phase()).isEqualTo("full");
  }

  @Test
  void plan_coresetIsEverything_hasOnePhase() {
    Curriculum plan = curriculum(config(8, null, 0.875), new int[256], 256);
    assertThat(plan.position(15).phase()).isEqualTo("full");
    assertThat(plan.totalSteps()).isEqualTo(16);
    assertThat(plan.phases()).extracting(TrainPhase::weighted).containsExactly(true);
  }

  /** Its one epoch is the coreset's. */
  @Test
  void plan_shareThatLeavesNoEpoch_hasOnePhase() {
    Curriculum plan = curriculum(config(1, null, 0.5), new int[128], 256);
    assertThat(plan.phases()).extracting(TrainPhase::name).containsExactly("coreset");
    assertThat(plan.totalSteps()).isEqualTo(1);
  }

  @Test
  void weights_areOffOnceEverythingIsUsed_unlessTheyAreKept() {
    TrainConfig config = config(4, null, 0.5);
    Curriculum off = curriculum(config, new int[128], 256);
    assertThat(off.identity()).isEqualTo("0.5 OFF");
    assertThat(off.phases()).extracting(TrainPhase::weighted).containsExactly(true, false);
    assertThat(off.epoch(1).weighted()).isTrue();
    assertThat(off.epoch(2).weighted()).isFalse();
    TrainConfig keeps = TrainConfigs.set(config, "annealWeights", TrainConfig.AnnealWeights.KEEP);
    Curriculum kept = curriculum(keeps, new int[128], 256);
    assertThat(kept.identity()).isEqualTo("0.5 KEEP");
    assertThat(kept.phases()).extracting(TrainPhase::weighted).containsExactly(true, true);
    assertThat(kept.epoch(2).weighted()).isTrue();
  }

  @Test
  void order_ofAnEpoch_visitsEveryImageOnceAndDiffersBetweenEpochs() {
    int[] indices = IntStream.range(0, 50).map(i -> 2 * i).toArray();
    EpochOrder order = new EpochOrder(RandomStreams.of(1), new int[100], null);
    int[] first = order.of(0, indices, true);
    assertThat(Arrays.stream(first).sorted().toArray()).isEqualTo(indices);
    assertThat(first)
        .isNotEqualTo(order.of(1, indices, true))
        .isEqualTo(order.of(0, indices, true));
  }

  @Test
  void order_byProbabilities_drawsGroupsAsOftenAsTheySay() {
    int[] indices = IntStream.range(0, 20_000).toArray();
    int[] groups = IntStream.range(0, 20_000).map(i -> i < 18_000 ? 0 : 2).toArray();
    EpochOrder order =
        new EpochOrder(RandomStreams.of(1), groups, new double[] {0.25, Double.NaN, 0.75});
    int[] drawn = order.of(0, indices, true);
    long second = Arrays.stream(drawn).filter(i -> groups[i] == 2).count();
    assertThat(second / 20_000.0).isBetween(0.735, 0.765);
  }
}
