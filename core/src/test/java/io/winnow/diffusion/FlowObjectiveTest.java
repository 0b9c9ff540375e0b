package io.winnow.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class FlowObjectiveTest {
  private final FlowObjective flow = new FlowObjective();

  @Test
  void noised_isOnTheStraightPath_andItsVelocityCostsNothing() {
    try (Scope scope = Scope.open()) {
      Tensor x0 = RandomStreams.of(1).normal(new long[] {2, 1, 2, 2}, "x0");
      Tensor eps = RandomStreams.of(1).normal(new long[] {2, 1, 2, 2}, "eps");
      Tensor t = Tensors.of(new float[] {250, 0}, 2);
      Noised noised = flow.noised(x0, Condition.none(), t, eps);
      double[] xt = Tensors.doubles(noised.xt());
      for (int i = 0; i < 8; i++) {
        double u = i < 4 ? 0.25 : 0;
        double expected = (1 - u) * Tensors.doubles(x0)[i] + u * Tensors.doubles(eps)[i];
        assertThat(xt[i]).isCloseTo(expected, within(1e-6));
      }
      assertThat(Tensors.doubles(flow.loss(Prediction.of(eps.sub(x0)), noised)))
          .containsExactly(0, 0);
      Tensor off = eps.sub(x0).add(new Scalar(2.0));
      assertThat(Tensors.doubles(flow.loss(Prediction.of(off), noised)))
          .containsExactly(new double[] {4, 4}, within(1e-5));
      assertThat(flow.identity()).isEqualTo("flow");
    }
  }

  /** The best prediction under the loss is the velocity that the sampler follows. */
  @Test
  void loss_ofTheExactVelocity_isTheSmallest() {
    try (Scope scope = Scope.open()) {
      RandomStreams random = RandomStreams.of(7);
      long[] shape = {4096, 1, 1, 1};
      Tensor x0 = random.normal(shape, "x0").mul(new Scalar(0.3)).add(new Scalar(0.7));
      Tensor t = Tensors.of(new float[] {600}, 1).expand(4096);
      Noised noised = flow.noised(x0, Condition.none(), t, random.normal(shape, "eps"));
      double best = loss(0.7, noised);
      assertThat(best).isLessThan(loss(0.8, noised)).isLessThan(loss(0.6, noised));
      // Var(eps - x0 | x_t) = s^2 / ((1-u)^2 s^2 + u^2)
      double expected = 0.09 / (0.16 * 0.09 + 0.36);
      assertThat(best).isCloseTo(expected, within(0.02));
    }
  }

  private double loss(double mean, Noised noised) {
    Denoiser denoiser = new GaussianDenoiser(mean, 0.3, GaussianDenoiser.flow());
    return flow.loss(noised.ask(denoiser), noised).mean().item_double();
  }

  @Test
  void times_areUniform_aFunctionOfSeedAndStep() {
    try (Scope scope = Scope.open()) {
      double[] times = Tensors.doubles(flow.times(RandomStreams.of(3), 5, 4000));
      assertThat(times).isEqualTo(Tensors.doubles(flow.times(RandomStreams.of(3), 5, 4000)));
      assertThat(times).isNotEqualTo(Tensors.doubles(flow.times(RandomStreams.of(3), 6, 4000)));
      double mean = java.util.Arrays.stream(times).average().orElseThrow();
      assertThat(mean).isCloseTo(500, within(20.0));
      assertThat(java.util.Arrays.stream(times).max().orElseThrow()).isBetween(990.0, 1000.0);
    }
  }
}
