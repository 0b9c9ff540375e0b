package io.winnow.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.EnumSet;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Losses, and what a network's output stands for, in training and in sampling. */
class ObjectiveTest {
  private static final ScheduleConfig PAPER = ScheduleConfig.paper();
  private final NoiseSchedule schedule = new NoiseSchedule(PAPER);

  private Noised noised(Objective objective, int... t) {
    long[] shape = {t.length, 3, 4, 4};
    Tensor x0 = RandomStreams.of(1).normal(shape, "x0").tanh();
    Tensor eps = RandomStreams.of(2).normal(shape, "eps");
    return objective.noised(x0, Condition.none(), new Objective.Draw(Tensors.ofInts(t), eps));
  }

  @Test
  void loss_ofEps_isTheMeanSquaredErrorOfEverySample() {
    try (Scope scope = Scope.open()) {
      Tensor eps = Tensors.of(new float[] {0, 0, 0, 0}, 2, 1, 1, 2);
      Tensor output = Tensors.of(new float[] {1, 1, 2, 4}, 2, 1, 1, 2);
      Tensor t = Tensors.of(new long[] {5, 700}, 2);
      Objective objective = Objective.eps(schedule);
      Noised noised = objective.noised(eps, Condition.none(), new Objective.Draw(t, eps));
      assertThat(Tensors.floats(objective.loss(Prediction.of(output), noised)))
          .containsExactly(1f, 10f);
    }
  }

  /** By hand: a = 1/4, x0 = 2, eps = -2, so that x_t = 1 - sqrt(3) and v = -1 - sqrt(3). */
  @ParameterizedTest
  @CsvSource({"EPS, -2", "V, -2.7320508075688773", "X0, 2"})
  void target_isWhatTheNameSays(Parameterization parameterization, double target) {
    try (Scope scope = Scope.open()) {
      NoiseSchedule quarter = new NoiseSchedule(new ScheduleConfig.Linear(1, 0.75, 0.75));
      Tensor t = Tensors.of(new long[] {0}, 1);
      Tensor x0 = Tensors.of(new float[] {2}, 1, 1, 1, 1);
      Tensor eps = Tensors.of(new float[] {-2}, 1, 1, 1, 1);
      Tensor output = parameterization.target(quarter, x0, eps, t);
      assertThat(output.item_double()).isCloseTo(target, within(1e-6));
      Tensor xt = quarter.addNoise(x0, eps, t);
      assertThat(xt.item_double()).isCloseTo(1 - Math.sqrt(3), within(1e-6));
      assertThat(parameterization.eps(quarter, output, xt, t).item_double())
          .isCloseTo(-2, within(1e-6));
      Objective objective = new Objective(parameterization, quarter, null);
      Noised noised = objective.noised(x0, Condition.none(), new Objective.Draw(t, eps));
      Tensor off = output.add(new Scalar(3));
      assertThat(objective.loss(Prediction.of(off), noised).item_double())
          .isCloseTo(9, within(1e-5));
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FM")
  void perfectNetwork_hasNoLoss_andItsOutputMeansTheNoise(Parameterization parameterization) {
    try (Scope scope = Scope.open()) {
      for (Double minSnr : new Double[] {null, 5.0}) {
        Objective objective = new Objective(parameterization, schedule, minSnr);
        Noised noised = noised(objective, 0, 1, 250, 500, 998, 999);
        Tensor output = parameterization.target(schedule, noised.x0(), noised.eps(), noised.t());
        assertThat(Tensors.doubles(objective.loss(Prediction.of(output), noised))).containsOnly(0);
        Tensor eps = parameterization.eps(schedule, output, noised.xt(), noised.t());
        // eps of x0 at t = 0 is a difference of nearly equal numbers over 0.01.
        assertThat(Tensors.doubles(eps))
            .containsExactly(Tensors.doubles(noised.eps()), within(3e-5));
      }
    }
  }

  /** At SNR 100, 5, 1 and 0.25 with gamma 5. */
  @ParameterizedTest
  @CsvSource({
    "EPS, 0.05, 1, 1, 1",
    "V, 0.049504950495, 0.833333333333, 0.5, 0.2",
    "X0, 5, 5, 1, 0.25"
  })
  void minSnr_weights_areThePublishedOnes(
      Parameterization parameterization, double high, double at, double one, double low) {
    assertThat(parameterization.minSnrWeight(100, 5)).isCloseTo(high, within(1e-9));
    assertThat(parameterization.minSnrWeight(5, 5)).isCloseTo(at, within(1e-9));
    assertThat(parameterization.minSnrWeight(1, 5)).isCloseTo(one, within(1e-9));
    assertThat(parameterization.minSnrWeight(0.25, 5)).isCloseTo(low, within(1e-9));
  }

  /** The three weights are one weight of the error in x0. */
  @Test
  void minSnr_lossOfTheSameBelief_isTheSameInEveryParameterization() {
    try (Scope scope = Scope.open()) {
      Objective ofX0 = new Objective(Parameterization.X0, schedule, 5.0);
      Noised noised = noised(ofX0, 10, 100, 400, 900);
      Tensor belief = noised.x0().mul(new Scalar(0.5)); // of x0
      Tensor eps = Parameterization.X0.eps(schedule, belief, noised.xt(), noised.t());
      double[] expected = Tensors.doubles(ofX0.loss(Prediction.of(belief), noised));
      for (Parameterization other : EnumSet.complementOf(EnumSet.of(Parameterization.FM))) {
        Tensor output = other.target(schedule, belief, eps, noised.t());
        double[] losses =
            Tensors.doubles(
                new Objective(other, schedule, 5.0).loss(Prediction.of(output), noised));
        for (int i = 0; i < losses.length; i++) {
          assertThat(losses[i]).isCloseTo(expected[i], within(1e-4 * expected[i]));
        }
      }
    }
  }

  @Test
  void draw_isAFunctionOfSeedAndStep() {
    try (Scope scope = Scope.open()) {
      Objective objective = Objective.eps(schedule);
      Objective.Draw one = objective.draw(RandomStreams.of(3), 7, 64, 3, 2, 2);
      Objective.Draw again = objective.draw(RandomStreams.of(3), 7, 64, 3, 2, 2);
      assertThat(Tensors.longs(one.t())).isEqualTo(Tensors.longs(again.t())).hasSize(64);
      assertThat(Tensors.floats(one.eps())).isEqualTo(Tensors.floats(again.eps())).hasSize(768);
      Objective.Draw other = objective.draw(RandomStreams.of(3), 8, 64, 3, 2, 2);
      assertThat(Tensors.longs(other.t())).isNotEqualTo(Tensors.longs(one.t()));
      assertThat(Tensors.floats(other.eps())).isNotEqualTo(Tensors.floats(one.eps()));
    }
  }

  @Test
  void identity_namesWhatDecidesTheLoss() {
    assertThat(Objective.eps(schedule).identity()).isEqualTo("eps");
    assertThat(new Objective(Parameterization.V, schedule, 5.0).identity())
        .isEqualTo("v minSnr 5.0");
    assertThatThrownBy(() -> new Objective(Parameterization.V, schedule, 0.0))
        .hasMessage("objective: minSnr is 0.0, but must be above 0; 5 is the published one.");
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FM")
  void schedulerFile_saysWhatTheOutputStandsFor(Parameterization parameterization) {
    SchedulerConfig config = SchedulerConfig.ddpm(PAPER, parameterization);
    assertThat(config.toJson().get("prediction_type").asText())
        .isEqualTo(
            switch (parameterization) {
              case EPS -> "epsilon";
              case V -> "v_prediction";
              case X0 -> "sample";
              case FM -> throw new IllegalArgumentException("no noise schedule");
            });
    assertThat(SchedulerConfig.fromJson(new DiffusersJson("test", config.toJson())))
        .isEqualTo(config);
  }

  /**
   * Pixels that are independent and normal, of mean m and deviation s: the best guess of x0 from
   * x_t is m + sqrt(a) s^2 (x_t - sqrt(a) m) / (a s^2 + 1 - a), and the deterministic sampler takes
   * z to about m + s z.
   */
  private Denoiser ofGaussian(Parameterization parameterization, double m, double s) {
    return (xt, t, y) -> {
      double a = schedule.alphaBar()[(int) Tensors.longs(t)[0]];
      double gain = Math.sqrt(a) * s * s / (a * s * s + 1 - a);
      Tensor x0 = xt.sub(new Scalar(Math.sqrt(a) * m)).mul(new Scalar(gain)).add(new Scalar(m));
      Tensor eps = Parameterization.X0.eps(schedule, x0, xt, t);
      return Prediction.of(parameterization.target(schedule, x0, eps, t));
    };
  }

  private static SchedulerConfig scheduler(Parameterization parameterization) {
    return SchedulerConfig.fromJson(
        new DiffusersJson(
            "test",
            JsonNodeFactory.instance
                .objectNode()
                .put("prediction_type", parameterization.key())
                .put("clip_sample", false)));
  }

  private Tensor sample(Sampler sampler, Parameterization parameterization) {
    PerImageNoise noise = new PerImageNoise(RandomStreams.of(4), 0, 1);
    Denoiser network = ofGaussian(parameterization, 0.1, 0.2);
    return sampler.sample(
        network, noise.initial(3, 4, 4), Condition.none(), noise, SampleListener.none());
  }

  @ParameterizedTest
  @EnumSource(names = {"V", "X0"})
  void samples_ofAGaussian_areThoseOfEps(Parameterization parameterization) {
    SchedulerConfig of = scheduler(parameterization);
    SchedulerConfig eps = scheduler(Parameterization.EPS);
    Sampler[] ours = {
      DdimSampler.diffusers(of, 50, 0, false),
      DdimSampler.diffusers(of, 50, 1, true),
      DdimSampler.fx(of, 50, 0),
      DdpmSampler.diffusers(of, 50),
      DdpmSampler.fx(of)
    };
    Sampler[] peers = {
      DdimSampler.diffusers(eps, 50, 0, false),
      DdimSampler.diffusers(eps, 50, 1, true),
      DdimSampler.fx(eps, 50, 0),
      DdpmSampler.diffusers(eps, 50),
      DdpmSampler.fx(eps)
    };
    try (Scope scope = Scope.open()) {
      for (int i = 0; i < ours.length; i++) {
        assertThat(Tensors.doubles(sample(ours[i], parameterization)))
            .as("sampler %d", i)
            .containsExactly(Tensors.doubles(sample(peers[i], Parameterization.EPS)), within(2e-4));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FM")
  void samples_ofAGaussian_haveItsMeanAndDeviation(Parameterization parameterization) {
    try (Scope scope = Scope.open()) {
      Tensor x =
          sample(
              DdimSampler.diffusers(scheduler(parameterization), 1000, 0, false), parameterization);
      double[] z = Tensors.doubles(new PerImageNoise(RandomStreams.of(4), 0, 1).initial(3, 4, 4));
      assertThat(Tensors.doubles(x))
          .containsExactly(Arrays.stream(z).map(v -> 0.1 + 0.2 * v).toArray(), within(0.02));
    }
  }
}
