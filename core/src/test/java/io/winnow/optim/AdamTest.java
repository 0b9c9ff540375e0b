package io.winnow.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.Scope;
import io.winnow.tensor.TensorGroup;
import io.winnow.tensor.Tensors;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class AdamTest {
  private final Tensor p =
      Scope.immortal(Tensors.of(new float[] {1, -2}, 2).set_requires_grad(true));
  private final Adam adam = Adam.coupled(Map.of("p", p), new AdamConfig(0.9, 0.999, 1e-8, 0));

  private void backward(double a, double b) {
    try (Scope scope = Scope.open()) {
      adam.clearGradients();
      p.mul(Tensors.of(new float[] {(float) a, (float) b}, 2)).sum().backward();
    }
  }

  @Test
  void step_first_movesEachParameterByTheLearningRate() {
    backward(0.5, -4);
    adam.step(adam.gradients(), 0.1);
    assertThat(Tensors.doubles(p)).containsExactly(new double[] {0.9, -1.9}, within(1e-6));
  }

  @Test
  void step_skipped_leavesEverythingAsItIs() {
    backward(Double.NaN, 1);
    adam.step(adam.gradients(), 0.1, null, Tensors.of(new float[] {1}, 1).squeeze());
    assertThat(Tensors.doubles(p)).containsExactly(1, -2);
    assertThat(Tensors.doubles(adam.state().get("step"))).containsExactly(0);
    assertThat(Tensors.doubles(adam.state().get("exp_avg.p"))).containsExactly(0, 0);
  }

  @Test
  void gradients_parameterOutsideTheLoss_isNamed() {
    adam.clearGradients();
    assertThatThrownBy(adam::gradients)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no gradient for p");
  }

  @Test
  void noParameterToTrain_isSaidUnderTheRulesName() {
    Map<String, Tensor> fixed = Map.of("p", p.detach());
    assertThatThrownBy(() -> Adam.coupled(fixed, AdamConfig.DEFAULT))
        .hasMessage("Adam: no parameter requires a gradient");
    assertThatThrownBy(() -> Adam.decoupled(fixed, AdamConfig.DEFAULT))
        .hasMessage("AdamW: no parameter requires a gradient");
  }

  @Test
  void clip_largeNorm_scalesByMaxOverNormPlusMargin() {
    backward(3, 4);
    GradientClip clip = new GradientClip(1);
    try (Scope scope = Scope.open()) {
      TensorGroup gradients = adam.gradients();
      assertThat(clip.divisor(clip.norm(gradients)).item_double())
          .isCloseTo(5.000001, within(1e-6));
      assertThat(clip.clip(gradients).item_double()).isCloseTo(5, within(1e-6));
      assertThat(Tensors.doubles(p.grad())).containsExactly(new double[] {0.6, 0.8}, within(1e-6));
    }
  }

  @Test
  void clip_smallNorm_changesNothing() {
    backward(0.3, 0.4);
    GradientClip clip = new GradientClip(1);
    clip.clip(adam.gradients());
    assertThat(Tensors.floats(p.grad())).containsExactly(0.3f, 0.4f);
  }

  @Test
  void ema_ramp_copiesFirstAndNeverExceedsBeta() {
    Ema ema = new Ema(Map.of("p", p), EmaRule.RAMP, 0.999);
    backward(1, 1);
    adam.step(adam.gradients(), 0.5);
    ema.update(1);
    assertThat(Tensors.floats(ema.weights().get("p"))).containsExactly(Tensors.floats(p));
    assertThat(EmaRule.RAMP.decay(0.999, 8)).isCloseTo(0.75, within(1e-12));
    assertThat(EmaRule.RAMP.decay(0.999, 1_000_000_000L)).isEqualTo(0.999);
    assertThat(EmaRule.CONSTANT.decay(0.999, 1)).isEqualTo(0.999);
  }

  @Test
  void step_repeated_leavesNoNativeObjects() {
    GradientClip clip = new GradientClip(1);
    Ema ema = new Ema(Map.of("p", p), EmaRule.CONSTANT, 0.9);
    long before = 0;
    for (int k = 1; k <= 20; k++) {
      backward(1, 2);
      try (Scope scope = Scope.open()) {
        TensorGroup gradients = adam.gradients();
        adam.step(gradients, 1e-3, clip.divisor(clip.norm(gradients)), null);
        ema.update(k);
      }
      before = k == 3 ? Pointer.totalCount() : before;
    }
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
  }
}
