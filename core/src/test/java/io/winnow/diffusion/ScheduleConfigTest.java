package io.winnow.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class ScheduleConfigTest {
  @Test
  void linear_isEvenlySpaced_bothEndsIncluded() {
    assertThat(new ScheduleConfig.Linear(5, 0.1, 0.3).betas())
        .containsExactly(new double[] {0.1, 0.15, 0.2, 0.25, 0.3}, within(1e-15))
        .endsWith(0.3);
    assertThat(new ScheduleConfig.Linear(1, 0.1, 0.3).betas()).containsExactly(0.1);
    assertThat(new ScheduleConfig.Linear(2, 0.1, 0.3).betas()).containsExactly(0.1, 0.3);
  }

  @Test
  void scaledLinear_isEvenlySpacedInItsRoots() {
    assertThat(new ScheduleConfig.ScaledLinear(3, 0.04, 0.36).betas())
        .containsExactly(new double[] {0.04, 0.16, 0.36}, within(1e-15));
  }

  /** g(u) = cos^2((u + s) / (1 + s) pi/2): with s = 0 and T = 2, 1 - g(1/2) / g(0) = 1/2. */
  @Test
  void cosine_isTheRatioOfSquaredCosines_cutAtItsLargest() {
    assertThat(new ScheduleConfig.Cosine(2, 0, 0.75).betas())
        .containsExactly(new double[] {0.5, 0.75}, within(1e-15));
  }

  @Test
  void otherNumberOfSteps_keepsTheFormula() {
    assertThat(ScheduleConfig.paper().withTrainSteps(7))
        .isEqualTo(new ScheduleConfig.Linear(7, 1e-4, 0.02));
    assertThat(new ScheduleConfig.ScaledLinear(5, 0.1, 0.2).withTrainSteps(7))
        .isEqualTo(new ScheduleConfig.ScaledLinear(7, 0.1, 0.2));
    assertThat(new ScheduleConfig.Cosine(5, 0.01, 0.9).withTrainSteps(7))
        .isEqualTo(new ScheduleConfig.Cosine(7, 0.01, 0.9));
    assertThat(new ScheduleConfig.Straight(5).withTrainSteps(7))
        .isEqualTo(new ScheduleConfig.Straight(7));
    assertThatThrownBy(() -> new ScheduleConfig.Given(List.of(0.1)).withTrainSteps(7))
        .hasMessageContaining("cannot be laid over 7 steps");
  }

  @Test
  void range_isOpenAtZeroAndOne_andEndsMayBeEqual() {
    assertThat(new ScheduleConfig.Linear(1, 0.2, 0.2).betas()).containsExactly(0.2);
    for (double[] ends : new double[][] {{0, 0.1}, {0.1, 1}, {0.2, 0.1}}) {
      assertThatThrownBy(() -> new ScheduleConfig.Linear(5, ends[0], ends[1]))
          .hasMessageContaining("linear schedule: 5 steps, betas from " + ends[0]);
    }
    assertThatThrownBy(() -> new ScheduleConfig.ScaledLinear(0, 0.1, 0.2))
        .hasMessageContaining("scaled_linear schedule: 0 steps");
    assertThatThrownBy(() -> new ScheduleConfig.Cosine(1, 0, 1)).hasMessageContaining("1.0");
    assertThatThrownBy(() -> new ScheduleConfig.Cosine(1, 0, 0)).hasMessageContaining("0.0");
    assertThatThrownBy(() -> new ScheduleConfig.Cosine(1, -1, 0.5)).hasMessageContaining("s -1.0");
    assertThatThrownBy(() -> new ScheduleConfig.Cosine(0)).hasMessageContaining("0 steps");
    assertThatThrownBy(() -> new ScheduleConfig.Given(List.of(0.5, 0.0)))
        .hasMessageContaining("beta 0.0");
    assertThatThrownBy(() -> new ScheduleConfig.Given(List.of(1.0)))
        .hasMessageContaining("beta 1.0");
  }

  /** The moments of q(x' | x, x0), as the product of q(x | x') and q(x' | x0). */
  @Test
  void posterior_isTheProductOfTheTwoGaussians() {
    double[] betas = {0.1, 0.2, 0.4};
    NoiseSchedule schedule = new NoiseSchedule(new ScheduleConfig.Given(List.of(0.1, 0.2, 0.4)));
    assertThat(schedule.trainSteps()).isEqualTo(3);
    assertThat(schedule.config().trainSteps()).isEqualTo(3);
    assertThat(schedule.betas()).containsExactly(betas);
    assertThat(schedule.alphaBar()).containsExactly(new double[] {0.9, 0.72, 0.432}, within(1e-12));
    assertThat(schedule.alphaBarPrevious())
        .containsExactly(new double[] {1, 0.9, 0.72}, within(1e-12));
    double[] previous = {1, 0.9, 0.72};
    for (int t = 1; t < 3; t++) {
      double variance = 1 / ((1 - betas[t]) / betas[t] + 1 / (1 - previous[t]));
      assertThat(schedule.posteriorVariance()[t]).isCloseTo(variance, within(1e-12));
      assertThat(schedule.posteriorLogVarianceClipped()[t])
          .isCloseTo(Math.log(variance), within(1e-12));
      assertThat(schedule.posteriorMeanOfX0()[t])
          .isCloseTo(variance * Math.sqrt(previous[t]) / (1 - previous[t]), within(1e-12));
      assertThat(schedule.posteriorMeanOfXt()[t])
          .isCloseTo(variance * Math.sqrt(1 - betas[t]) / betas[t], within(1e-12));
    }
    assertThat(schedule.posteriorLogVarianceClipped()[0])
        .isEqualTo(Math.log(schedule.posteriorVariance()[1]));
    assertThat(
            new NoiseSchedule(new ScheduleConfig.Given(List.of(0.1))).posteriorLogVarianceClipped())
        .hasSize(1);
  }

  @Test
  void spacing_outOfTheTable_isRefused() {
    assertThat(TimestepSpacing.LEADING.checked("x", 10, 10, 0)).hasSize(10).startsWith(9);
    assertThat(TimestepSpacing.LEADING.checked("x", 10, 3, 1)).containsExactly(7, 4, 1);
    assertThat(TimestepSpacing.LINSPACE.checked("x", 10, 1, 0)).containsExactly(0);
    assertThat(TimestepSpacing.LINSPACE.checked("x", 10, 2, 0)).containsExactly(9, 0);
    assertThatThrownBy(() -> TimestepSpacing.LEADING.checked("x", 10, 11, 0))
        .hasMessage("x: 11 steps; expected 1 to 10, the training steps");
    assertThatThrownBy(() -> TimestepSpacing.LEADING.checked("x", 10, 10, 1))
        .hasMessage("x: first timestep 10 of 10; expected less. Lower steps_offset (1).");
    for (TimestepSpacing spacing : TimestepSpacing.values()) {
      assertThat(TimestepSpacing.of(spacing.key())).isEqualTo(spacing);
    }
  }

  @Test
  void samplerConfig_choosesMethodAndRule() {
    SchedulerConfig scheduler = SchedulerConfig.ddpm(new ScheduleConfig.Linear(10, 1e-3, 0.2));
    assertThat(SamplerConfig.paper())
        .isEqualTo(
            new SamplerConfig(SamplerConfig.Method.DDIM, SamplerConfig.Rule.FX, 100, 0, false));
    assertThat(times(SamplerConfig.Method.DDIM, SamplerConfig.Rule.FX, 3, scheduler)).hasSize(4);
    assertThat(times(SamplerConfig.Method.DDIM, SamplerConfig.Rule.DIFFUSERS, 3, scheduler))
        .containsExactly(6, 3, 0);
    assertThat(times(SamplerConfig.Method.DDPM, SamplerConfig.Rule.DIFFUSERS, 5, scheduler))
        .containsExactly(8, 6, 4, 2, 0);
    assertThat(times(SamplerConfig.Method.DDPM, SamplerConfig.Rule.FX, 10, scheduler)).hasSize(10);
    assertThatThrownBy(() -> times(SamplerConfig.Method.DDIM, SamplerConfig.Rule.FX, 0, scheduler))
        .hasMessageContaining("sampler steps: 0");
  }

  private static int[] times(
      SamplerConfig.Method method, SamplerConfig.Rule rule, int steps, SchedulerConfig scheduler) {
    Sampler sampler = new SamplerConfig(method, rule, steps, 0, false).sampler(scheduler);
    assertThat(sampler)
        .isInstanceOf(method == SamplerConfig.Method.DDIM ? DdimSampler.class : DdpmSampler.class);
    return sampler.timesteps();
  }

  @Test
  void samplerConfig_thatDoesNotFitTheModel_isRefused_namingWhatDoes() {
    SchedulerConfig learnt =
        SchedulerConfig.learnedRange(
            new ScheduleConfig.Linear(10, 1e-3, 0.2), Parameterization.EPS);
    assertThatThrownBy(
            () -> config(SamplerConfig.Method.DDIM).sampler(SchedulerConfig.flowMatching()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "sampler method: ddim, but the model was trained by flow matching; expected euler or"
                + " heun.");
    assertThatThrownBy(() -> config(SamplerConfig.Method.EULER).sampler(learnt))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("sampler method: euler, but the model learns the variance; expected iddpm.");
    assertThat(config(SamplerConfig.Method.IDDPM).sampler(learnt)).isInstanceOf(IddpmSampler.class);
  }

  @Test
  void samplerConfig_isDescribedByItsMethod_andWhereThereAreTwoFormsByItsRule() {
    assertThat(config(SamplerConfig.Method.DDIM).describe()).isEqualTo("ddim-diffusers");
    assertThat(config(SamplerConfig.Method.DDPM).describe()).isEqualTo("ddpm-diffusers");
    assertThat(config(SamplerConfig.Method.IDDPM).describe()).isEqualTo("iddpm");
    assertThat(config(SamplerConfig.Method.HEUN).describe()).isEqualTo("heun");
    assertThat(SamplerConfig.paper().describe()).isEqualTo("ddim-fx");
  }

  private static SamplerConfig config(SamplerConfig.Method method) {
    return new SamplerConfig(method, SamplerConfig.Rule.DIFFUSERS, 5, 0, false);
  }
}
