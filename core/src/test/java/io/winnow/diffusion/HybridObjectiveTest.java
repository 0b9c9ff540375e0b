package io.winnow.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HybridObjectiveTest {
  private final NoiseSchedule schedule = new NoiseSchedule(ScheduleConfig.paper());

  private Noised noised(HybridObjective objective, float x0, float eps, int t) {
    return objective.noised(
        Tensors.of(new float[] {x0}, 1, 1, 1, 1),
        Condition.none(),
        Tensors.ofInts(new int[] {t}),
        Tensors.of(new float[] {eps}, 1, 1, 1, 1));
  }

  private static Prediction output(double predicted, double v) {
    return new Prediction(pixel(predicted), pixel(v));
  }

  private static Tensor pixel(double value) {
    return Tensors.of(new float[] {(float) value}, 1, 1, 1, 1);
  }

  private static double only(Tensor one) {
    return Tensors.doubles(one)[0];
  }

  /** One number, by the textbook: KL of two Gaussians in bits. */
  @Test
  void vb_isTheDivergenceOfTheTwoGaussians() {
    try (Scope scope = Scope.open()) {
      HybridObjective objective = new HybridObjective(Parameterization.EPS, schedule, null);
      int t = 600;
      Noised noised = noised(objective, 0.3f, -0.8f, t);
      double predicted = -0.6;
      double v = 0.4;
      double a = schedule.alphaBar()[t];
      double xt = only(noised.xt());
      double x0 = (xt - Math.sqrt(1 - a) * predicted) / Math.sqrt(a);
      double coef1 = schedule.posteriorMeanOfX0()[t];
      double var1 = schedule.posteriorVariance()[t];
      double var2 = Math.exp(0.7 * Math.log(schedule.betas()[t]) + 0.3 * Math.log(var1));
      double gap = coef1 * (0.3 - x0);
      double kl = 0.5 * (Math.log(var2 / var1) + (var1 + gap * gap) / var2 - 1);
      HybridObjective.Terms terms = objective.terms(output(predicted, v), noised);
      assertThat(only(terms.vb())).isCloseTo(kl / Math.log(2), within(1e-4));
      assertThat(only(terms.mse())).isCloseTo(0.04, within(1e-6));
      assertThat(only(objective.loss(output(predicted, v), noised)))
          .isCloseTo(0.04 + kl / Math.log(2), within(1e-4));
    }
  }

  /** At t = 0: what a step of 2/255 around x0 holds; the outermost steps reach to infinity. */
  @Test
  void vb_atTheFirstStep_isALikelihood() {
    try (Scope scope = Scope.open()) {
      HybridObjective objective = new HybridObjective(Parameterization.EPS, schedule, null);
      double sigma = Math.exp(0.5 * schedule.posteriorLogVarianceClipped()[0]);
      for (float x0 : new float[] {0.2f, 1, -1}) {
        Noised noised = noised(objective, x0, 0.5f, 0);
        double bits = only(objective.terms(output(0.5, -1), noised).vb());
        double half = 1.0 / 255 / sigma;
        double upper = x0 > 0.999 ? 1 : cdf(half);
        double lower = x0 < -0.999 ? 0 : cdf(-half);
        assertThat(bits).isCloseTo(-Math.log(upper - lower) / Math.log(2), within(2e-3));
        assertThat(bits).isPositive();
      }
      Noised far = noised(objective, 0.2f, 0.5f, 0);
      assertThat(only(objective.terms(output(400, -1), far).vb()))
          .isCloseTo(-Math.log(1e-12) / Math.log(2), within(1e-3));
    }
  }

  private static double cdf(double z) {
    return 0.5 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z * z * z)));
  }

  /** The variance learns from vb, the prediction from the squared error alone. */
  @Test
  void gradient_ofVb_reachesTheVarianceOnly() {
    try (Scope scope = Scope.open()) {
      HybridObjective objective = new HybridObjective(Parameterization.EPS, schedule, null);
      Noised noised = noised(objective, 0.3f, -0.8f, 500);
      Tensor output = torch.cat(new TensorVector(pixel(0.1), pixel(0.2)), 1); // [1, 2, 1, 1]
      output.set_requires_grad(true);
      objective.terms(Prediction.of(output, 1), noised).vb().sum().backward();
      double[] gradient = Tensors.doubles(output.grad());
      assertThat(gradient[0]).isZero();
      assertThat(gradient[1]).isNotZero();
    }
  }

  @ParameterizedTest
  @EnumSource(value = Parameterization.class, mode = EnumSource.Mode.EXCLUDE, names = "FM")
  void terms_ofAPerfectPrediction_vanish_whateverItStandsFor(Parameterization parameterization) {
    try (Scope scope = Scope.open()) {
      HybridObjective objective = new HybridObjective(parameterization, schedule, 5.0);
      RandomStreams random = RandomStreams.of(3);
      long[] shape = {2, 2, 2, 2};
      Tensor t = Tensors.ofInts(new int[] {300, 700});
      Noised noised =
          objective.noised(
              random.normal(shape, "x0"), Condition.none(), t, random.normal(shape, "eps"));
      Tensor target = parameterization.target(schedule, noised.x0(), noised.eps(), t);
      Tensor small = torch.full_like(target, new Scalar(-1.0));
      HybridObjective.Terms terms = objective.terms(new Prediction(target, small), noised);
      assertThat(Tensors.doubles(terms.mse())).containsExactly(0, 0);
      assertThat(Tensors.doubles(terms.vb())).containsExactly(new double[] {0, 0}, within(1e-4));
    }
  }

  @Test
  void squaredError_isTheLossWithoutTheBits() {
    try (Scope scope = Scope.open()) {
      HybridObjective objective = new HybridObjective(Parameterization.EPS, schedule, null);
      Noised noised = noised(objective, 0.3f, -0.8f, 600);
      assertThat(only(objective.squaredError(output(-0.6, 0.4), noised)))
          .isCloseTo(0.04, within(1e-6));
      Denoiser network = (xt, t, condition) -> output(-0.6, 0.4);
      assertThat(only(objective.compared(network, Passes.one(noised))))
          .isCloseTo(0.04, within(1e-6));
    }
  }

  @Test
  void minSnr_weighsTheSquaredError_notVb() {
    try (Scope scope = Scope.open()) {
      HybridObjective plain = new HybridObjective(Parameterization.EPS, schedule, null);
      HybridObjective weighted = new HybridObjective(Parameterization.EPS, schedule, 5.0);
      Noised noised = noised(plain, 0.3f, -0.8f, 100);
      double a = schedule.alphaBar()[100];
      HybridObjective.Terms ours = weighted.terms(output(0.1, 0.2), noised);
      HybridObjective.Terms other = plain.terms(output(0.1, 0.2), noised);
      assertThat(only(ours.vb())).isEqualTo(only(other.vb()));
      assertThat(only(ours.mse()) / only(other.mse())).isCloseTo(5 / (a / (1 - a)), within(1e-5));
      assertThat(weighted.identity()).isEqualTo("eps minSnr 5.0 learned-range");
    }
  }

  @Test
  void output_withoutAVariance_isRefused() {
    try (Scope scope = Scope.open()) {
      HybridObjective objective = new HybridObjective(Parameterization.EPS, schedule, null);
      Noised noised = noised(objective, 0.3f, -0.8f, 100);
      assertThatThrownBy(() -> objective.loss(Prediction.of(noised.eps()), noised))
          .hasMessageStartingWith("HybridObjective: 1 output channels for 1 of the images");
    }
  }
}
