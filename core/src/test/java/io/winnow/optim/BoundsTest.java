package io.winnow.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.Scope;
import io.winnow.tensor.TensorGroup;
import io.winnow.tensor.Tensors;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ends of every range: what still is in it, and what no longer is. */
class BoundsTest {
  private static AdamConfig adam(double beta1, double beta2) {
    return new AdamConfig(beta1, beta2, 1e-8, 0);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1e-9, 1, Double.NaN})
  void betas_outsideTheirRange_areRefusedByName(double beta) {
    assertThatThrownBy(() -> adam(beta, 0.9)).hasMessageContaining("beta1 is " + beta);
    assertThatThrownBy(() -> adam(0.9, beta)).hasMessageContaining("beta2 is " + beta);
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> none = Map.of("w", Tensors.of(new float[] {1}, 1));
      assertThatThrownBy(() -> new Ema(none, EmaRule.CONSTANT, beta))
          .hasMessageContaining("ema is " + beta);
    }
  }

  @Test
  void zero_isStillInTheRangeOfBetas() {
    assertThatCode(() -> adam(0, 0)).doesNotThrowAnyException();
    assertThatCode(() -> new AdanConfig(0, 0, 0, 1e-8, 0, true)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1e-9, 1})
  void betasOfAdan_outsideTheirRange_areRefusedByName(double beta) {
    assertThatThrownBy(() -> new AdanConfig(beta, 0, 0, 1, 0, true))
        .hasMessageContaining("beta1 is " + beta);
    assertThatThrownBy(() -> new AdanConfig(0, beta, 0, 1, 0, true))
        .hasMessageContaining("beta2 is " + beta);
    assertThatThrownBy(() -> new AdanConfig(0, 0, beta, 1, 0, true))
        .hasMessageContaining("beta3 is " + beta);
  }

  @Test
  void epsAndDecayOfAdam_outsideTheirRange_areRefusedByName() {
    assertThatThrownBy(() -> new AdamConfig(0, 0, 0, 0)).hasMessageContaining("eps is 0.0");
    assertThatThrownBy(() -> new AdamConfig(0, 0, 1, -1e-9))
        .hasMessageContaining("weightDecay is -1.0E-9");
  }

  @Test
  void ema_ofBetaZero_isTheParameterItself() {
    try (Scope scope = Scope.open()) {
      Tensor w = Tensors.of(new float[] {1}, 1);
      Ema ema = new Ema(Map.of("w", w), EmaRule.CONSTANT, 0);
      w.copy_(Tensors.of(new float[] {3}, 1));
      ema.update(1);
      assertThat(Tensors.doubles(ema.weights().get("w"))).containsExactly(3);
    }
  }

  /** b_1 = 0, then min(0.9, 1 - 8^(-2/3)) = 3/4. */
  @Test
  void ema_keepsItsShareOfTheOldAndTakesTheRestOfTheNew() {
    try (Scope scope = Scope.open()) {
      Tensor w = Tensors.of(new float[] {8}, 1);
      Ema ema = new Ema(Map.of("w", w), EmaRule.RAMP, 0.9);
      w.copy_(Tensors.of(new float[] {4}, 1));
      ema.update(8);
      assertThat(Tensors.doubles(ema.weights().get("w"))[0]).isCloseTo(7, within(1e-6));
    }
  }

  @Test
  void clip_atZero_isRefusedAndAtInfinityMeasuresAlone() {
    assertThatThrownBy(() -> new GradientClip(0)).hasMessageContaining("must be above 0");
    try (Scope scope = Scope.open()) {
      TensorGroup gradients = TensorGroup.immortal(List.of(Tensors.of(new float[] {3, 4}, 2)));
      GradientClip measuring = new GradientClip(Double.POSITIVE_INFINITY);
      Tensor norm = measuring.norm(gradients);
      assertThat(Tensors.doubles(norm)).containsExactly(5);
      assertThat(Tensors.doubles(measuring.divisor(norm))).containsExactly(1);
      assertThat(Tensors.doubles(new GradientClip(0.5).divisor(norm))[0])
          .isCloseTo(10, within(1e-4));
    }
  }
}
