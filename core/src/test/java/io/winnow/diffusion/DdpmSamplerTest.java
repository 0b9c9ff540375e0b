package io.winnow.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.diffusion.PlainSteps.At;
import io.winnow.diffusion.SchedulerConfig.Variance;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Ancestral sampling against plain arithmetic, step by step. */
class DdpmSamplerTest {
  private static final int T = 20;
  private static final ScheduleConfig SCHEDULE = new ScheduleConfig.Linear(T, 1e-3, 0.2);
  private static final SchedulerConfig SCHEDULER = SchedulerConfig.ddpm(SCHEDULE);
  private static final double[] TABLE = PlainSteps.alphaBar(PlainSteps.linear(T, 1e-3, 0.2));

  private static SchedulerConfig scheduler(Variance variance, boolean clip, int offset) {
    return new SchedulerConfig(
        false,
        SCHEDULE,
        Parameterization.EPS,
        variance,
        clip,
        0.6,
        false,
        0.995,
        1,
        TimestepSpacing.LEADING,
        offset,
        true);
  }

  /** Every {@code stride}-th time from the last one on, to a table that ends in 1. */
  private static List<At> way(int stride, int offset) {
    List<At> way = new ArrayList<>();
    for (int t = T - stride + offset; t >= 0; t -= stride) {
      way.add(new At(t, TABLE[t], t >= stride ? TABLE[t - stride] : 1));
    }
    return way;
  }

  private static List<double[]> expected(List<At> way, Variance variance, double range) {
    return PlainSteps.walk(
        way,
        x0 -> Math.max(-range, Math.min(range, x0)),
        (k, at, x, x0, eps, z) -> {
          double posterior = PlainSteps.posterior(at.a(), at.next());
          double squared = variance == Variance.FIXED_LARGE ? 1 - at.a() / at.next() : posterior;
          double mean = at.next() == 1 ? x0 : PlainSteps.mean(at, x, x0);
          return mean + (at.t() > 0 ? Math.sqrt(squared) * z : 0);
        });
  }

  private static void equal(Sampler sampler, List<double[]> expected) {
    try (Scope scope = Scope.open()) {
      List<double[]> batches = PlainSteps.sampled(sampler);
      assertThat(batches).hasSize(expected.size() + 1);
      for (int k = 0; k < expected.size(); k++) {
        assertThat(batches.get(k)).as("step %d", k).containsExactly(expected.get(k), within(1e-5));
      }
    }
  }

  @Test
  void diffusers_fixedSmall_drawsFromThePosterior() {
    for (int stride : new int[] {1, 5}) {
      equal(
          DdpmSampler.diffusers(scheduler(Variance.FIXED_SMALL, true, 0), T / stride),
          expected(way(stride, 0), Variance.FIXED_SMALL, 0.6));
    }
  }

  @Test
  void diffusers_fixedLarge_drawsWithBeta() {
    for (int stride : new int[] {1, 5}) {
      equal(
          DdpmSampler.diffusers(scheduler(Variance.FIXED_LARGE, true, 0), T / stride),
          expected(way(stride, 0), Variance.FIXED_LARGE, 0.6));
    }
  }

  /** The last time is 2 and not 0: noise with beta of the whole way down is still added. */
  @Test
  void diffusers_lastTimeAboveZero_drawsThereToo() {
    equal(
        DdpmSampler.diffusers(scheduler(Variance.FIXED_LARGE, true, 2), 4),
        expected(way(5, 2), Variance.FIXED_LARGE, 0.6));
  }

  @Test
  void diffusers_withoutClipping_takesTheCleanImageAsItIs() {
    equal(
        DdpmSampler.diffusers(scheduler(Variance.FIXED_SMALL, false, 0), 4),
        expected(way(5, 0), Variance.FIXED_SMALL, Double.POSITIVE_INFINITY));
  }

  @Test
  void fx_goesOverEveryTime_clippedAtOne_withBeta() {
    DdpmSampler sampler = DdpmSampler.fx(SCHEDULER);
    assertThat(sampler.timesteps()).hasSize(T).startsWith(19, 18).endsWith(1, 0);
    equal(sampler, expected(way(1, 0), Variance.FIXED_LARGE, 1));
  }

  @Test
  void listener_hearsEveryStep_andTheCleanImageThatItBelievedIn() {
    List<String> heard = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      DdpmSampler.diffusers(scheduler(Variance.FIXED_SMALL, true, 0), 4)
          .sample(
              PlainSteps.NETWORK,
              Tensors.of(PlainSteps.START, 2, 1, 1, 2),
              null,
              PlainSteps.NOISE,
              step -> {
                for (double x0 : Tensors.doubles(step.x0())) {
                  assertThat(Math.abs(x0)).isLessThanOrEqualTo(0.6 + 1e-6);
                }
                heard.add(step.step() + " of " + step.steps() + " at " + step.timestep());
              });
    }
    assertThat(heard).containsExactly("1 of 4 at 15", "2 of 4 at 10", "3 of 4 at 5", "4 of 4 at 0");
  }
}
