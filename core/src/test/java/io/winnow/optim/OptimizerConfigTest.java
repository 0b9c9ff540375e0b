package io.winnow.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class OptimizerConfigTest {
  private static final List<Double> BETAS = List.of(0.98, 0.92, 0.99);
  private static final OptimizerConfig ADAM = new OptimizerConfig.Coupled(0.8, 0.9, 1e-3, 2);
  private static final OptimizerConfig ADAMW = new OptimizerConfig.Decoupled(0.8, 0.9, 1e-3, 2);
  private static final OptimizerConfig ADAN = new OptimizerConfig.Nesterov(BETAS, 1e-3, 2, 0.5);
  private static final OptimizerConfig SGD = new OptimizerConfig.Momentum(0.7, 2, true);

  @Test
  void kind_isThatOfTheOptimizer_whoseStateIsFreed() {
    Map<String, Tensor> parameters =
        Map.of("p", Scope.immortal(Tensors.of(new float[] {1}, 1).set_requires_grad(true)));
    Map<String, OptimizerConfig> kinds =
        Map.of("adam", ADAM, "adamw", ADAMW, "adan", ADAN, "sgd", SGD);
    kinds.forEach(
        (kind, config) -> {
          assertThat(config.kind()).isEqualTo(kind);
          Optimizer optimizer = config.optimizer(parameters);
          assertThat(optimizer.kind()).isEqualTo(kind);
          List<Tensor> state = List.copyOf(optimizer.state().values());
          optimizer.close();
          assertThat(state).isNotEmpty().allMatch(tensor -> tensor.isNull());
        });
  }

  @Test
  void settings_haveEveryConstant() {
    String adam = "AdamConfig[beta1=0.8, beta2=0.9, eps=0.001, weightDecay=2.0]";
    assertThat(ADAM.settings()).isEqualTo(adam);
    assertThat(ADAMW.settings()).isEqualTo(adam);
    assertThat(ADAN.settings())
        .isEqualTo(
            "AdanConfig[beta1=0.98, beta2=0.92, beta3=0.99, eps=0.001, weightDecay=2.0,"
                + " proximal=true] maxGradNorm 0.5");
    assertThat(SGD.settings()).isEqualTo("Rule[momentum=0.7, weightDecay=2.0, nesterov=true]");
  }

  /** Adan's own clip has eps beside the norm. */
  @Test
  void clip_isAdansAlone_whereItHasANorm() {
    try (Scope scope = Scope.open()) {
      Tensor divisor = ADAN.clip().divisor(Tensors.of(new float[] {2}, 1));
      assertThat(Tensors.floats(divisor)).containsExactly(2.001f / 0.5f);
    }
    assertThat(new OptimizerConfig.Nesterov(BETAS, 1e-3, 2, null).clip()).isNull();
    assertThat(ADAM.clip()).isNull();
  }

  @Test
  void constants_outsideTheirRange_areRefused() {
    assertThatThrownBy(() -> new OptimizerConfig.Nesterov(List.of(0.9, 0.9), 1e-3, 0, null))
        .hasMessageStartingWith("betas is [0.9, 0.9], but must be three numbers");
    assertThatThrownBy(() -> new OptimizerConfig.Nesterov(BETAS, 1e-3, 0, 0.0))
        .hasMessageStartingWith("maxGradNorm is 0.0, but must be above 0");
    for (double momentum : new double[] {-1e-9, 1}) {
      assertThatThrownBy(() -> new OptimizerConfig.Momentum(momentum, 0, false))
          .hasMessageStartingWith("momentum is " + momentum + ", but must be in [0, 1)");
    }
    assertThatThrownBy(() -> new OptimizerConfig.Momentum(0.9, -1e-9, false))
        .hasMessageStartingWith("weightDecay is -1.0E-9");
    assertThatThrownBy(() -> new OptimizerConfig.Momentum(0, 0, true))
        .hasMessageStartingWith("nesterov is true, but momentum is 0");
    assertThatCode(() -> new OptimizerConfig.Momentum(0, 0, false)).doesNotThrowAnyException();
  }
}
