package io.winnow.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.diffusion.PlainSteps.At;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** DDIM against plain arithmetic, step by step. */
class DdimSamplerTest {
  private static final double[] BETAS = PlainSteps.linear(40, 1e-3, 0.2);
  private static final ScheduleConfig SCHEDULE = new ScheduleConfig.Linear(40, 1e-3, 0.2);
  private static final SchedulerConfig SCHEDULER = SchedulerConfig.ddpm(SCHEDULE);

  private static SchedulerConfig scheduler(boolean clip, double range, boolean toOne) {
    return new SchedulerConfig(
        true,
        SCHEDULE,
        Parameterization.EPS,
        SchedulerConfig.Variance.FIXED_SMALL,
        clip,
        range,
        false,
        0.995,
        1,
        TimestepSpacing.LEADING,
        1,
        toOne);
  }

  private static void equal(Sampler sampler, List<double[]> expected) {
    try (Scope scope = Scope.open()) {
      List<double[]> batches = PlainSteps.sampled(sampler);
      assertThat(batches).hasSize(expected.size() + 1);
      for (int k = 0; k < expected.size(); k++) {
        assertThat(batches.get(k)).as("step %d", k).containsExactly(expected.get(k), within(1e-5));
      }
      assertThat(batches.get(expected.size())).isEqualTo(batches.get(expected.size() - 1));
    }
  }

  /** x' = sqrt(a') x0 + sqrt(1 - a' - sigma^2) e + sigma z, sigma^2 eta^2 times the posterior's. */
  private static PlainSteps.Step step(double eta, boolean recompute, int lastWithNoise) {
    return (k, at, x, x0, eps, z) -> {
      double squared = eta * eta * PlainSteps.posterior(at.a(), at.next());
      double e = recompute ? (x - Math.sqrt(at.a()) * x0) / Math.sqrt(1 - at.a()) : eps;
      double drawn = k <= lastWithNoise ? Math.sqrt(squared) * z : 0;
      return Math.sqrt(at.next()) * x0 + Math.sqrt(1 - at.next() - squared) * e + drawn;
    };
  }

  private static DoubleUnaryOperator clip(double range) {
    return x0 -> Math.max(-range, Math.min(range, x0));
  }

  /** Times 31, 21, 11, 1, each to the one 10 earlier, the last to before the first. */
  private static List<At> diffusersWay(double last) {
    double[] table = PlainSteps.alphaBar(BETAS);
    List<At> way = new ArrayList<>();
    for (int t = 31; t > 0; t -= 10) {
      way.add(new At(t, table[t], t > 10 ? table[t - 10] : last));
    }
    return way;
  }

  @Test
  void diffusers_everyEta_isTheMarginalPreservingStep() {
    for (double eta : new double[] {0, 0.5, 1}) {
      equal(
          DdimSampler.diffusers(scheduler(true, 1, true), 4, eta, false),
          PlainSteps.walk(diffusersWay(1), clip(1), step(eta, false, 3)));
    }
  }

  @Test
  void diffusers_clippedModelOutput_recomputesTheNoise() {
    equal(
        DdimSampler.diffusers(scheduler(true, 0.5, true), 4, 0.5, true),
        PlainSteps.walk(diffusersWay(1), clip(0.5), step(0.5, true, 3)));
  }

  @Test
  void diffusers_withoutClipping_takesTheCleanImageAsItIs() {
    equal(
        DdimSampler.diffusers(scheduler(false, 1, true), 4, 0, false),
        PlainSteps.walk(diffusersWay(1), x0 -> x0, step(0, false, 3)));
  }

  /** The last step is one like the others, with noise. */
  @Test
  void diffusers_alphaNotSetToOne_endsAtTheFirstOfTheTable() {
    equal(
        DdimSampler.diffusers(scheduler(true, 1, false), 4, 1, false),
        PlainSteps.walk(diffusersWay(1 - BETAS[0]), clip(1), step(1, false, 3)));
  }

  /** a' of time 0 is the table's, that of the time before it is 1. */
  @Test
  void diffusers_timesThatReachZero_takeTheTableThere() {
    double[] table = PlainSteps.alphaBar(BETAS);
    SchedulerConfig linspace =
        new SchedulerConfig(
            true,
            SCHEDULE,
            Parameterization.EPS,
            SchedulerConfig.Variance.FIXED_SMALL,
            true,
            1,
            false,
            0.995,
            1,
            TimestepSpacing.LINSPACE,
            0,
            true);
    assertThat(DdimSampler.diffusers(linspace, 40, 0, false).timesteps()).startsWith(39, 38);
    List<At> way = new ArrayList<>();
    for (int t = 39; t >= 0; t--) {
      way.add(new At(t, table[t], t == 0 ? 1 : table[t - 1]));
    }
    equal(
        DdimSampler.diffusers(linspace, 40, 0, false),
        PlainSteps.walk(way, clip(1), step(0, false, 39)));
  }

  /** Times 30, 20, 10, 0 of a table over 41 points, one place on; the last a' is its first. */
  @Test
  void fx_everyEta_endsAtOneMinusTheFirstBeta_withoutNoiseThere() {
    double[] table = PlainSteps.alphaBar(PlainSteps.linear(41, 1e-3, 0.2));
    List<At> way =
        List.of(
            new At(30, table[31], table[21]),
            new At(20, table[21], table[11]),
            new At(10, table[11], table[1]),
            new At(0, table[1], table[0]));
    for (double eta : new double[] {0, 0.5, 1}) {
      equal(DdimSampler.fx(SCHEDULER, 4, eta), PlainSteps.walk(way, clip(1), step(eta, true, 2)));
    }
  }

  @Test
  void steps_fromOneToAllOfThem_areTaken() {
    assertThat(DdimSampler.fx(SCHEDULER, 1, 0).timesteps()).containsExactly(0);
    assertThat(DdimSampler.fx(SCHEDULER, 40, 0).timesteps()).hasSize(40).startsWith(39).endsWith(0);
    assertThatThrownBy(() -> DdimSampler.fx(SCHEDULER, 0, 0)).hasMessageContaining("0 steps");
    assertThatThrownBy(() -> DdimSampler.fx(SCHEDULER, 41, 0)).hasMessageContaining("41 steps");
  }

  @Test
  void eta_outsideZeroToOne_isRefused() {
    assertThatThrownBy(() -> DdimSampler.fx(SCHEDULER, 4, 1.1)).hasMessageContaining("1.1");
    assertThatThrownBy(() -> DdimSampler.fx(SCHEDULER, 4, -0.1)).hasMessageContaining("-0.1");
  }

  @Test
  void start_thatIsNoBatchOfImages_isRefused() {
    try (Scope scope = Scope.open()) {
      Tensor flat = Tensors.of(PlainSteps.START, 4);
      assertThatThrownBy(
              () ->
                  DdimSampler.fx(SCHEDULER, 4, 0)
                      .sample(
                          PlainSteps.NETWORK, flat, null, StepNoise.none(), SampleListener.none()))
          .hasMessageContaining("sampler xT");
    }
  }

  @Test
  void noNoise_suffices_whereEtaIsZero_andIsAskedForElse() {
    assertThatThrownBy(() -> StepNoise.none().draw(2, null))
        .hasMessageContaining("sampler step 2 draws noise, but was given none");
    try (Scope scope = Scope.open()) {
      Tensor xT = Tensors.of(PlainSteps.START, 2, 1, 1, 2);
      DdimSampler.fx(SCHEDULER, 4, 0)
          .sample(PlainSteps.NETWORK, xT, null, StepNoise.none(), SampleListener.none());
    }
  }
}
