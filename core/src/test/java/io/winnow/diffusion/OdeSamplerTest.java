package io.winnow.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Trajectories under a closed form: data N(mu, s^2), whose exact end is an affine map of x_T. */
class OdeSamplerTest {
  private static final double MEAN = 0.7;
  private static final double DEVIATION = 0.3;

  private static Tensor start() {
    return RandomStreams.of(4).normal(new long[] {64, 1, 4, 4}, "start");
  }

  /** Largest distance from the exact end of the straight paths, mu + s x_T. */
  private static double flowError(OdeSampler.Method method, int steps) {
    try (Scope scope = Scope.open()) {
      Denoiser exact = new GaussianDenoiser(MEAN, DEVIATION, GaussianDenoiser.flow());
      return error(OdeSampler.flow(method, steps), exact, MEAN, DEVIATION);
    }
  }

  private static double error(Sampler sampler, Denoiser exact, double shift, double scale) {
    Tensor xT = start().to(torch.ScalarType.Double);
    Tensor end = sampler.sample(exact, xT, Condition.none(), StepNoise.none(), step -> {});
    double[] from = Tensors.doubles(xT);
    double[] to = Tensors.doubles(end);
    double largest = 0;
    for (int i = 0; i < from.length; i++) {
      largest = Math.max(largest, Math.abs(to[i] - (shift + scale * from[i])));
    }
    return largest;
  }

  @Test
  void flow_ofAGaussian_endsInItsMeanAndDeviation() {
    try (Scope scope = Scope.open()) {
      Denoiser exact = new GaussianDenoiser(MEAN, DEVIATION, GaussianDenoiser.flow());
      for (OdeSampler.Method method : OdeSampler.Method.values()) {
        Tensor end =
            OdeSampler.flow(method, 60)
                .sample(exact, start(), Condition.none(), StepNoise.none(), step -> {});
        double mean = start().mean().item_double();
        double deviation = start().std().item_double();
        assertThat(end.mean().item_double()).isCloseTo(MEAN + DEVIATION * mean, within(0.02));
        assertThat(end.std().item_double()).isCloseTo(DEVIATION * deviation, within(0.02));
      }
    }
  }

  /** Half the step: half the error of Euler, a quarter of Heun's. */
  @Test
  void flow_error_fallsByTheOrderOfTheMethod() {
    double euler = flowError(OdeSampler.Method.EULER, 80);
    assertThat(euler / flowError(OdeSampler.Method.EULER, 160)).isBetween(1.8, 2.2);
    double heun = flowError(OdeSampler.Method.HEUN, 80);
    assertThat(heun / flowError(OdeSampler.Method.HEUN, 160)).isBetween(3.0, 5.0);
    assertThat(heun).isLessThan(euler / 5);
  }

  /**
   * The flow of a schedule keeps the quantile: x / sqrt(a) scales with sqrt(s^2 + sigma^2), so the
   * end is mu + s (x_T - sqrt(a) mu) / sqrt(a s^2 + 1 - a) at the first time's a.
   */
  @ParameterizedTest
  @EnumSource(value = Parameterization.class, mode = EnumSource.Mode.EXCLUDE, names = "FM")
  void schedule_ofAGaussian_endsInItsQuantiles_whateverThePrediction(Parameterization predicts) {
    try (Scope scope = Scope.open()) {
      SchedulerConfig scheduler = scheduler(predicts);
      NoiseSchedule schedule = new NoiseSchedule(scheduler.schedule());
      Denoiser exact =
          new GaussianDenoiser(MEAN, DEVIATION, GaussianDenoiser.of(schedule, predicts));
      double a = schedule.alphaBar()[999];
      double scale = DEVIATION / Math.sqrt(a * DEVIATION * DEVIATION + 1 - a);
      double shift = MEAN - scale * Math.sqrt(a) * MEAN;
      Sampler heun = OdeSampler.of(scheduler, OdeSampler.Method.HEUN, 500);
      Sampler euler = OdeSampler.of(scheduler, OdeSampler.Method.EULER, 500);
      double ofHeun = error(heun, exact, shift, scale);
      assertThat(ofHeun).isLessThan(0.01);
      assertThat(ofHeun).isLessThan(error(euler, exact, shift, scale) / 2);
    }
  }

  private static SchedulerConfig scheduler(Parameterization predicts) {
    return new SchedulerConfig(
        true,
        ScheduleConfig.paper(),
        predicts,
        SchedulerConfig.Variance.FIXED_SMALL,
        false,
        1,
        false,
        0.995,
        1,
        TimestepSpacing.TRAILING,
        0,
        true);
  }

  @Test
  void euler_onASchedule_isDdimWithoutClipping() {
    try (Scope scope = Scope.open()) {
      SchedulerConfig scheduler = scheduler(Parameterization.V);
      Denoiser exact =
          new GaussianDenoiser(
              MEAN,
              DEVIATION,
              GaussianDenoiser.of(new NoiseSchedule(scheduler.schedule()), Parameterization.V));
      List<double[]> ours =
          trajectory(OdeSampler.of(scheduler, OdeSampler.Method.EULER, 10), exact);
      List<double[]> ddim = trajectory(DdimSampler.diffusers(scheduler, 10, 0, false), exact);
      for (int k = 0; k < ddim.size(); k++) {
        assertThat(ours.get(k)).containsExactly(ddim.get(k), within(2e-4));
      }
    }
  }

  /** x and the prediction of x0 of every step. */
  private static List<double[]> trajectory(Sampler sampler, Denoiser denoiser) {
    List<double[]> all = new ArrayList<>();
    sampler.sample(
        denoiser,
        start(),
        Condition.none(),
        StepNoise.none(),
        step -> {
          all.add(Tensors.doubles(step.x()));
          all.add(Tensors.doubles(step.x0()));
        });
    return all;
  }

  @Test
  void flow_tellsTheNetworkAThousandTimesTheTime_andAsksHeunTwice() {
    try (Scope scope = Scope.open()) {
      List<Double> asked = new ArrayList<>();
      Denoiser still =
          (x, t, condition) -> {
            asked.add(Tensors.doubles(t)[0]);
            return Prediction.of(torch.zeros_like(x));
          };
      OdeSampler.flow(OdeSampler.Method.HEUN, 4)
          .sample(still, start(), Condition.none(), StepNoise.none(), step -> {});
      assertThat(asked).containsExactly(1000.0, 750.0, 750.0, 500.0, 500.0, 250.0, 250.0);
      assertThat(OdeSampler.flow(OdeSampler.Method.EULER, 3).timesteps())
          .containsExactly(1000, 667, 333);
      assertThatThrownBy(() -> OdeSampler.flow(OdeSampler.Method.EULER, 0))
          .hasMessageContaining("0 steps; expected at least 1");
    }
  }

  @Test
  void listener_hearsOfEveryStep_andItsTime() {
    try (Scope scope = Scope.open()) {
      Denoiser exact = new GaussianDenoiser(MEAN, DEVIATION, GaussianDenoiser.flow());
      List<Integer> heard = new ArrayList<>();
      OdeSampler.flow(OdeSampler.Method.EULER, 4)
          .sample(
              exact,
              start(),
              Condition.none(),
              StepNoise.none(),
              step -> heard.addAll(List.of(step.step(), step.steps(), step.timestep())));
      assertThat(heard).containsExactly(1, 4, 1000, 2, 4, 750, 3, 4, 500, 4, 4, 250);
    }
  }

  /** One step along the first direction: the mean of the data. */
  @Test
  void flow_ofOneStep_endsInTheMean_andWantsImages() {
    try (Scope scope = Scope.open()) {
      Denoiser exact = new GaussianDenoiser(MEAN, DEVIATION, GaussianDenoiser.flow());
      Sampler once = OdeSampler.flow(OdeSampler.Method.HEUN, 1);
      Tensor end =
          once.sample(exact, start(), Condition.none(), StepNoise.none(), SampleListener.none());
      assertThat(end.min().item_double()).isCloseTo(MEAN, within(1e-5));
      assertThat(end.max().item_double()).isCloseTo(MEAN, within(1e-5));
      Tensor flat = torch.zeros(2, 4);
      assertThatThrownBy(
              () ->
                  once.sample(
                      exact, flat, Condition.none(), StepNoise.none(), SampleListener.none()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("sampler xT");
    }
  }

  @Test
  void sample_leavesItsInput_andLeaksNothing() {
    Denoiser exact = new GaussianDenoiser(MEAN, DEVIATION, GaussianDenoiser.flow());
    OdeSampler sampler = OdeSampler.flow(OdeSampler.Method.HEUN, 3);
    long before = 0;
    for (int i = 0; i < 3; i++) {
      try (Scope scope = Scope.open()) {
        Tensor xT = start();
        float[] kept = Tensors.floats(xT);
        sampler.sample(exact, xT, Condition.none(), StepNoise.none(), step -> {});
        assertThat(Tensors.floats(xT)).isEqualTo(kept);
      }
      before = i == 1 ? Pointer.totalCount() : before;
    }
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
  }
}
