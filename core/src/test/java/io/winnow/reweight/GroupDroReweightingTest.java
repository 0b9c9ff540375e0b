package io.winnow.reweight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.ClassWeights;
import io.winnow.diffusion.SampleLosses;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.train.TrainListener;
import io.winnow.train.TrainStep;
import io.winnow.train.WatchedRun;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.assertj.core.data.Offset;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** By hand: with a step size of ln 2 a mean loss of 1 doubles a share. */
class GroupDroReweightingTest {
  private static final Offset<Double> EXACT = within(1e-9);
  private static final List<String> CLASSES = List.of("a", "b", "none");
  private static final long[] COUNTS = {6, 2, 0};

  private final ReweightConfigs options = new ReweightConfigs();

  GroupDroReweightingTest() {
    options.groupDro = new ReweightConfig.GroupDro(Math.log(2), false, 0);
    options.trajectoryEvery = 2;
  }

  private GroupDroReweighting begun() {
    GroupDroReweighting r = new GroupDroReweighting(options.groupDro(), CLASSES, COUNTS);
    r.begin(new WatchedRun(10, 4, null, null));
    return r;
  }

  private static void watch(GroupDroReweighting r, int[] groups, double... losses) {
    try (Scope scope = Scope.open()) {
      Tensor all = Tensors.of(losses, losses.length);
      r.watch(new TrainStep(0, null, groups, groups), SampleLosses.same(all));
    }
  }

  private static void step(GroupDroReweighting r, double... losses) {
    watch(r, new int[] {0, 0, 0, 1}, losses);
    r.update();
  }

  @Test
  void update_followsTheClassesMeanLosses_fromEqualShares() {
    GroupDroReweighting r = begun();
    assertThat(r.watches()).isTrue();
    step(r, 0.5, 1, 1.5, 0);
    assertThat(r.coefficients(new int[] {0, 0, 1}))
        .containsExactly(new double[] {1.0 / 3, 1.0 / 3, 1.0 / 3}, EXACT);
    step(r, 0, 0, 0, 3);
    assertThat(r.coefficients(new int[] {0, 1})).containsExactly(new double[] {0.2, 0.8}, EXACT);
    ClassWeights result = r.result(Map.of("coreset", "x"));
    double a = (2.0 / 3 + 0.2) / 2;
    assertThat(result.alpha()).containsExactly(new double[] {a, 1 - a, 0}, EXACT);
    assertThat(result.weights()).containsExactly(new double[] {a / 0.75, (1 - a) / 0.25, 1}, EXACT);
    assertThat(result.frequency()).containsExactly(0.75, 0.25, 0);
    assertThat(result.learnt()).isTrue();
    assertThat(result.settings())
        .containsEntry("identities", Map.of("coreset", "x"))
        .containsEntry("options", options.groupDro())
        .containsEntry("etaUsed", Math.log(2))
        .containsEntry("steps", 2L)
        .containsEntry("countedSteps", 2L)
        .containsEntry("warmupSteps", 0L)
        .containsEntry("nonFiniteLosses", 0L);
    assertThat(result.warnings()).singleElement().asString().startsWith("class none has no sample");
    assertThat(r.trajectory().classes()).isEqualTo(CLASSES);
    assertThat(r.trajectory().rows()).hasSize(1);
    assertThat(r.trajectory().rows().get(0).step()).isEqualTo(2);
    assertThat(r.trajectory().rows().get(0).eta()).isEqualTo(Math.log(2));
    assertThat(r.trajectory().rows().get(0).signalToNoise()).isNaN();
    assertThat(r.trajectory().rows().get(0).weights())
        .containsExactly(new double[] {0.2 / 0.75, 0.8 / 0.25, 1}, EXACT);
  }

  @Test
  void microBatches_addUpToOneUpdate() {
    GroupDroReweighting r = begun();
    watch(r, new int[] {0, 0}, 0.5, 1);
    watch(r, new int[] {0, 1}, 1.5, 0);
    r.update();
    assertThat(r.coefficients(new int[] {0, 1}))
        .containsExactly(new double[] {2.0 / 3, 1.0 / 3}, EXACT);
  }

  @Test
  void shortBatch_takesItsShareOfAStep_andAnAbsentClassALossOfZero() {
    GroupDroReweighting r = begun();
    watch(r, new int[] {0}, 4); // a quarter of a batch
    r.update();
    assertThat(r.coefficients(new int[] {0, 1}))
        .containsExactly(new double[] {2.0 / 3, 1.0 / 3}, EXACT);
  }

  @Test
  void normalizeAndAdjustment_followTheOptions() {
    options.groupDro = new ReweightConfig.GroupDro(Math.log(2), true, 0);
    GroupDroReweighting normalized = begun();
    step(normalized, 30, 30, 30, 10);
    double root = Math.sqrt(2);
    assertThat(normalized.coefficients(new int[] {0, 1})[0]).isCloseTo(root / (root + 1), EXACT);
    options.groupDro = new ReweightConfig.GroupDro(Math.log(2), false, Math.sqrt(6));
    GroupDroReweighting adjusted = begun();
    step(adjusted, 0, 0, 0, 0);
    // sqrt(6) / sqrt(6) against sqrt(6) / sqrt(2).
    double two = Math.pow(2, Math.sqrt(3));
    assertThat(adjusted.coefficients(new int[] {0, 1})[1]).isCloseTo(two / (2 + two), EXACT);
  }

  @Test
  void warmUp_holdsTheMixture_andDoesNotCount() {
    options.warmupSteps = 2L;
    GroupDroReweighting r = begun();
    step(r, 1, 1, 1, 0);
    step(r, 1, 1, 1, 0);
    assertThat(r.coefficients(new int[] {0, 1})).containsExactly(0.5, 0.5);
    assertThat(r.result(Map.of()).learnt()).isFalse();
    assertThat(r.result(Map.of()).warnings()).anyMatch(w -> w.contains("warm-up of 2 updates"));
    step(r, 1, 1, 1, 0);
    assertThat(r.result(Map.of()).alpha()[0]).isCloseTo(2.0 / 3, EXACT);
    assertThat(r.result(Map.of()).settings()).containsEntry("warmupSteps", 2L);
    options.warmupSteps = null;
    GroupDroReweighting none = begun();
    step(none, 1, 1, 1, 0);
    assertThat(none.result(Map.of()).alpha()[0]).isCloseTo(2.0 / 3, EXACT);
  }

  @Test
  void average_withInitial_takesTheEqualSharesIn() {
    options.average = Average.WITH_INITIAL;
    GroupDroReweighting r = begun();
    step(r, 1, 1, 1, 0);
    assertThat(r.result(Map.of()).alpha()[0]).isCloseTo((2.0 / 3 + 0.5) / 2, EXACT);
  }

  @Test
  void losses_notFinite_areLeftOutCountedAndEndTheRunWhenMany() {
    GroupDroReweighting r = begun();
    step(r, 1, 1, Double.NaN, 0);
    // Three of four samples: three quarters of a step.
    double moved = Math.pow(2, 0.75);
    assertThat(r.result(Map.of()).alpha()[0]).isCloseTo(moved / (1 + moved), EXACT);
    assertThat(r.result(Map.of()).warnings())
        .contains("1 losses were not finite and were left out");
    step(r, Double.NaN, Double.NaN, Double.NaN, Double.NaN);
    assertThat(r.result(Map.of()).alpha()[0]).isCloseTo(moved / (1 + moved), EXACT);
    assertThat(r.result(Map.of()).settings()).containsEntry("countedSteps", 1L);
    assertThatThrownBy(() -> r.endEpoch(TrainListener.NONE)).hasMessageContaining("5 of 8 losses");
  }

  @Test
  void epoch_endsWithTheSmallestAndLargestWeight() {
    GroupDroReweighting r = begun();
    step(r, 1, 1, 1, 0);
    assertThat(r.endEpoch(TrainListener.NONE).get("smallestWeight"))
        .isCloseTo(2.0 / 3 / 0.75, EXACT);
    assertThat(r.endEpoch(TrainListener.NONE).get("largestWeight"))
        .isCloseTo(1.0 / 3 / 0.25, EXACT);
  }

  @Test
  void run_stoppedAndResumed_givesTheSameBits() {
    GroupDroReweighting undisturbed = begun();
    GroupDroReweighting resumed = begun();
    for (int s = 0; s < 7; s++) {
      if (s == 3) {
        String state = resumed.state();
        resumed = begun();
        watch(resumed, new int[] {1}, 9); // begun, then dropped
        resumed.restore(state, s);
      }
      double[] losses = {0.1 * s, 0.3, 0.2, 0.5 - 0.01 * s};
      step(undisturbed, losses);
      step(resumed, losses);
    }
    assertThat(resumed.state()).isEqualTo(undisturbed.state());
    assertThat(resumed.result(Map.of())).isEqualTo(undisturbed.result(Map.of()));
    assertThat(resumed.trajectory()).isEqualTo(undisturbed.trajectory());
  }

  @Test
  void identity_changesWithOptionsAndCounts() {
    String one = begun().identity();
    assertThat(begun().identity()).isEqualTo(one);
    long[] other = {2, 6, 0};
    assertThat(new GroupDroReweighting(options.groupDro(), CLASSES, other).identity())
        .isNotEqualTo(one);
    options.average = Average.WITH_INITIAL;
    assertThat(begun().identity()).isNotEqualTo(one);
  }

  /** The same steps with the mixture on a device (here: the CPU) and on the host. */
  @Test
  void mixture_onADevice_leavesWhatTheOneOnTheHostLeaves() {
    for (ReweightConfig.GroupDro rule :
        List.of(
            new ReweightConfig.GroupDro(0.3, false, 0),
            new ReweightConfig.GroupDro(0.3, true, 0.5))) {
      for (Long warmup : new Long[] {null, 3L}) {
        options.groupDro = rule;
        options.warmupSteps = warmup;
        GroupDroReweighting here = begun();
        GroupDroReweighting there = begun();
        try (Scope scope = Scope.open()) {
          there.learnOn(Tensors.of(new long[] {0}, 1).device());
        }
        for (int s = 0; s < 9; s++) {
          for (GroupDroReweighting r : List.of(here, there)) {
            watch(r, new int[] {0, 1}, 0.1 * s, s == 4 ? Double.NaN : 0.4);
            watch(r, s == 6 ? new int[] {0} : new int[] {0, 0}, s == 6 ? new double[1] : TWO);
            r.update();
          }
          assertSame(there, here);
        }
        GroupDroReweighting resumed = begun();
        resumed.restore(there.state(), 9);
        assertSame(resumed, here);
        assertThat(resumed.trajectory().rows()).hasSize(4);
        assertThat(there.trajectory().rows())
            .usingRecursiveComparison()
            .withComparatorForType((a, b) -> Math.abs(a - b) < 1e-12 ? 0 : 1, Double.class)
            .ignoringFields("signalToNoise")
            .isEqualTo(here.trajectory().rows());
      }
    }
  }

  private static final double[] TWO = {0.3, 0.05};

  private GroupDroReweighting begunThere() {
    GroupDroReweighting r = begun();
    try (Scope scope = Scope.open()) {
      r.learnOn(Tensors.of(new long[] {0}, 1).device());
    }
    return r;
  }

  /** Each number is what is asked first after the steps. */
  @Test
  void mixture_onADevice_isReadForWhateverIsAsked() {
    Function<GroupDroReweighting, double[]> coefficients = r -> r.coefficients(new int[] {0, 1, 1});
    List<Function<GroupDroReweighting, double[]>> asked =
        List.of(
            coefficients,
            r ->
                r.endEpoch(TrainListener.NONE).values().stream()
                    .mapToDouble(Double::doubleValue)
                    .toArray(),
            r -> r.result(Map.of()).weights(),
            r -> r.trajectory().rows().get(0).weights(),
            r -> {
              GroupDroReweighting resumed = begun();
              resumed.restore(r.state(), 2);
              return coefficients.apply(resumed);
            });
    for (Function<GroupDroReweighting, double[]> one : asked) {
      GroupDroReweighting here = begun();
      GroupDroReweighting there = begunThere();
      for (GroupDroReweighting r : List.of(here, there)) {
        step(r, 0.1, 0.2, 0.1, 0.9);
        step(r, 0.3, 0.1, 0.2, 0.7);
      }
      assertThat(one.apply(there)).containsExactly(one.apply(here), within(1e-12));
    }
  }

  @Test
  void losses_notFinite_areCountedOnADevice_andByEpoch() {
    GroupDroReweighting there = begunThere();
    for (int epoch = 0; epoch < 2; epoch++) {
      for (int s = 0; s < 25; s++) {
        step(there, 1, 1, 1, s == 3 ? Double.NaN : 0);
      }
      there.endEpoch(TrainListener.NONE); // 1 of 100
    }
    step(there, 1, 1, 1, Double.NEGATIVE_INFINITY);
    assertThat(there.result(Map.of()).warnings())
        .contains("3 losses were not finite and were left out");
    assertThatThrownBy(() -> there.endEpoch(TrainListener.NONE))
        .hasMessageContaining("1 of 4 losses");
  }

  @Test
  void restored_thePointsThatWereNotReadAreThoseOfTheStepsToCome() {
    GroupDroReweighting there = begunThere();
    String start = there.state();
    step(there, 1, 0, 0, 0);
    step(there, 1, 0, 0, 0);
    there.restore(start, 0);
    try (Scope scope = Scope.open()) {
      there.learnOn(Tensors.of(new long[] {0}, 1).device());
    }
    for (int s = 0; s < 4; s++) {
      step(there, 0, 0, 0, 1);
    }
    assertThat(there.trajectory().rows())
        .extracting(ClassWeights.Trajectory.Row::step)
        .containsExactly(2L, 4L);
    assertThat(there.trajectory().rows().get(0).weights())
        .containsExactly(new double[] {0.2 / 0.75, 0.8 / 0.25, 1}, EXACT);
  }

  /** A device without values ("meta"): its engine lacks some of the rule, and nothing is read. */
  @Test
  void losses_onADevice_bringTheMixtureThere() {
    GroupDroReweighting r = begun();
    int[] groups = {0, 0, 0, 1};
    assertThat(r.coefficients(groups)).hasSize(4);
    try (Scope scope = Scope.open()) {
      Device meta = new Device("meta");
      Tensor losses = torch.ones(4).to(meta, torch.ScalarType.Float);
      TrainStep trainStep = new TrainStep(0, null, groups, groups);
      assertThatThrownBy(() -> r.watch(trainStep, SampleLosses.same(losses)));
      assertThatThrownBy(() -> r.coefficients(groups)).isInstanceOf(RuntimeException.class);
      assertThat(r.coefficients(groups, meta).is_meta()).isTrue();
    }
  }

  private static void assertSame(GroupDroReweighting ours, GroupDroReweighting expected) {
    try (Scope scope = Scope.open()) {
      int[] batch = {1, 0, 0};
      Device device = Tensors.of(new long[] {0}, 1).device();
      assertThat(Tensors.doubles(ours.coefficients(batch, device)))
          .containsExactly(expected.coefficients(batch), within(1e-12));
    }
    assertThat(ours.result(Map.of()).alpha())
        .containsExactly(expected.result(Map.of()).alpha(), within(1e-12));
  }
}
