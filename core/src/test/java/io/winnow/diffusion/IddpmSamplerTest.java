package io.winnow.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class IddpmSamplerTest {
  private static final ScheduleConfig SCHEDULE = new ScheduleConfig.Linear(20, 1e-3, 0.3);

  private static SchedulerConfig scheduler(SchedulerConfig.Variance variance, boolean clip) {
    return new SchedulerConfig(
        false,
        SCHEDULE,
        Parameterization.EPS,
        variance,
        clip,
        1,
        false,
        0.995,
        1,
        TimestepSpacing.LINSPACE,
        0,
        true);
  }

  private static Tensor start() {
    return RandomStreams.of(2).normal(new long[] {2, 3, 2, 2}, "start");
  }

  private static final StepNoise NOISE =
      (step, like) -> RandomStreams.of(9).normal(like.shape(), "z", step);

  /** A made-up network: eps = 0.4 x + t / 100, and v where the variance is learnt. */
  private static Denoiser network(Double v) {
    return (x, t, condition) -> {
      double time = Tensors.doubles(t)[0];
      Tensor eps = x.mul(new Scalar(0.4)).add(new Scalar(time / 100));
      return new Prediction(eps, v == null ? null : torch.full_like(x, new Scalar(v)));
    };
  }

  /** Every batch that the sampler goes through, and what it returns. */
  private static List<double[]> trajectory(Sampler sampler, Denoiser denoiser) {
    List<double[]> all = new ArrayList<>();
    Tensor last =
        sampler.sample(
            denoiser, start(), Condition.none(), NOISE, step -> all.add(Tensors.doubles(step.x())));
    all.add(Tensors.doubles(last));
    return all;
  }

  private static void assertSame(List<double[]> ours, List<double[]> expected) {
    assertThat(ours).hasSameSizeAs(expected);
    for (int k = 0; k < ours.size(); k++) {
      assertThat(ours.get(k)).containsExactly(expected.get(k), within(1e-5));
    }
  }

  /** Two derivations of one sampler; diffusers draws the noise for the same steps. */
  @Test
  void ancestral_withAFixedVariance_isThatOfDiffusers() {
    try (Scope scope = Scope.open()) {
      for (SchedulerConfig.Variance variance :
          List.of(SchedulerConfig.Variance.FIXED_SMALL, SchedulerConfig.Variance.FIXED_LARGE)) {
        for (boolean clip : new boolean[] {true, false}) {
          SchedulerConfig scheduler = scheduler(variance, clip);
          assertSame(
              trajectory(IddpmSampler.ancestral(scheduler, "7"), network(null)),
              trajectory(DdpmSampler.diffusers(scheduler, 7), network(null)));
        }
      }
    }
  }

  /** v = -1 and 1 are the ends of the range, and what is drawn in between lies between. */
  @Test
  void learntVariance_atTheEndsOfItsRange_isTheFixedOne() {
    try (Scope scope = Scope.open()) {
      SchedulerConfig learned = scheduler(SchedulerConfig.Variance.LEARNED_RANGE, false);
      assertSame(
          trajectory(IddpmSampler.ancestral(learned, "7"), network(-1.0)),
          trajectory(
              IddpmSampler.ancestral(scheduler(SchedulerConfig.Variance.FIXED_SMALL, false), "7"),
              network(null)));
      assertSame(
          trajectory(IddpmSampler.ancestral(learned, "7"), network(1.0)),
          trajectory(
              IddpmSampler.ancestral(scheduler(SchedulerConfig.Variance.FIXED_LARGE, false), "7"),
              network(null)));
    }
  }

  @Test
  void ddim_ofTheWholeProcess_isDdimOfDiffusers_andLeavesTheVarianceAlone() {
    try (Scope scope = Scope.open()) {
      SchedulerConfig scheduler = scheduler(SchedulerConfig.Variance.FIXED_SMALL, false);
      for (double eta : new double[] {0, 0.6, 1}) {
        List<double[]> expected =
            trajectory(DdimSampler.diffusers(scheduler, 20, eta, false), network(null));
        assertSame(trajectory(IddpmSampler.ddim(scheduler, "20", eta), network(null)), expected);
        assertSame(trajectory(IddpmSampler.ddim(scheduler, "20", eta), network(0.3)), expected);
      }
    }
  }

  @Test
  void ddim_withoutEta_drawsNoNoise() {
    StepNoise none =
        (step, like) -> {
          throw new AssertionError("noise of step " + step);
        };
    try (Scope scope = Scope.open()) {
      SchedulerConfig scheduler = scheduler(SchedulerConfig.Variance.FIXED_SMALL, false);
      Tensor last =
          IddpmSampler.ddim(scheduler, "5", 0)
              .sample(network(null), start(), Condition.none(), none, SampleListener.none());
      assertThat(last.shape()).containsExactly(2, 3, 2, 2);
    }
  }

  @Test
  void network_isAskedAtTheTimesOfTheWholeProcess() {
    IddpmSampler sampler =
        IddpmSampler.ancestral(scheduler(SchedulerConfig.Variance.LEARNED_RANGE, false), "4");
    assertThat(sampler.timesteps()).containsExactly(19, 13, 6, 0);
  }

  @Test
  void network_withoutAVariance_isRefused() {
    try (Scope scope = Scope.open()) {
      SchedulerConfig learned = scheduler(SchedulerConfig.Variance.LEARNED_RANGE, false);
      assertThatThrownBy(() -> trajectory(IddpmSampler.ancestral(learned, "4"), network(null)))
          .hasMessageStartingWith(
              "IddpmSampler: a learnt variance takes 6 output channels, but the network has 3.");
      assertThatThrownBy(() -> DdpmSampler.diffusers(learned, 4))
          .hasMessageContaining("Use an IddpmSampler");
      assertThatThrownBy(() -> IddpmSampler.ddim(learned, "4", 1.5))
          .hasMessageContaining("1.5 is not in [0, 1]");
    }
  }

  @Test
  void scheduler_withALearntVariance_isWrittenAndRead() {
    SchedulerConfig learned =
        SchedulerConfig.learnedRange(ScheduleConfig.paper(), Parameterization.EPS);
    DiffusersJson json = new DiffusersJson("test", learned.toJson());
    assertThat(SchedulerConfig.fromJson(json)).isEqualTo(learned);
  }
}
