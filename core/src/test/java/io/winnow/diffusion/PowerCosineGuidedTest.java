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
import org.junit.jupiter.api.Test;

class PowerCosineGuidedTest {
  /** 2 channels of eps and 2 of variance, all x + 10 y. */
  private static final Denoiser NETWORK =
      (x, t, condition) -> {
        Tensor said = x.add(condition.labels().view(-1, 1, 1, 1).mul(new Scalar(10.0)));
        return new Prediction(said, said);
      };

  private static Tensor images() {
    return RandomStreams.of(2).normal(new long[] {2, 2, 1, 1}, "x");
  }

  @Test
  void scale_growsFromOneAsTheNoiseFalls() {
    try (Scope scope = Scope.open()) {
      PowerCosineGuided.Rule rule = new PowerCosineGuided.Rule(3.8, 4, 1000, 3);
      double[] scale =
          Tensors.doubles(rule.scale(Tensors.ofInts(new int[] {1000, 999, 500, 100, 0})));
      double half = 1 + 2.8 * (1 - Math.cos(Math.PI / 16)) / 2;
      double tenth = 1 + 2.8 * (1 - Math.cos(Math.PI * 0.6561)) / 2;
      assertThat(scale).containsExactly(new double[] {1, 1, half, tenth, 3.8}, within(1e-5));
    }
  }

  @Test
  void predict_guidesTheFirstChannels_andLeavesTheOthersConditional() {
    try (Scope scope = Scope.open()) {
      PowerCosineGuided.Rule rule = new PowerCosineGuided.Rule(3, 1, 10, 1);
      Condition classes = Condition.ofClasses(Tensors.ofInts(new int[] {0, 2}));
      Tensor t = Tensors.ofInts(new int[] {0, 5}); // s = 3 and 2
      PowerCosineGuided guided = new PowerCosineGuided(NETWORK, rule, 4);
      double[] x = Tensors.doubles(images());
      double[] first = {x[0] + 40 + 3 * -40, x[1], x[0], x[1]};
      double[] second = {x[2] + 40 + 2 * -20, x[3] + 20, x[2] + 20, x[3] + 20};
      double[] output = Tensors.doubles(Outputs.of(guided.predict(images(), t, classes)));
      assertThat(output).hasSize(8);
      for (int i = 0; i < 4; i++) {
        assertThat(output[i]).isCloseTo(first[i], within(1e-4));
        assertThat(output[4 + i]).isCloseTo(second[i], within(1e-4));
      }
      double[] both = Tensors.doubles(Outputs.of(guided.both(images(), t, classes)));
      assertThat(both).hasSize(16);
      assertThat(both[8]).isEqualTo(both[0]);
      assertThat(both[9]).isCloseTo(x[1] + 40, within(1e-4));
    }
  }

  @Test
  void predict_atScaleOne_isTheConditionalNetwork() {
    try (Scope scope = Scope.open()) {
      Condition classes = Condition.ofClasses(Tensors.ofInts(new int[] {1, 2}));
      Tensor t = Tensors.ofInts(new int[] {3, 8});
      Denoiser guided = new PowerCosineGuided(NETWORK, new PowerCosineGuided.Rule(1, 4, 10, 2), 4);
      assertThat(Tensors.doubles(Outputs.of(guided.predict(images(), t, classes))))
          .containsExactly(
              Tensors.doubles(Outputs.of(NETWORK.predict(images(), t, classes))), within(1e-5));
    }
  }

  /** Both passes are told the times of their images, or the one time of all. */
  @Test
  void network_isAskedBothPassesAtTheSameTimes() {
    try (Scope scope = Scope.open()) {
      List<double[]> asked = new ArrayList<>();
      Denoiser spy =
          (x, t, condition) -> {
            asked.add(Tensors.doubles(t));
            return NETWORK.predict(x, t, condition);
          };
      Denoiser guided = new PowerCosineGuided(spy, new PowerCosineGuided.Rule(2, 4, 10, 1), 4);
      Condition classes = Condition.ofClasses(Tensors.ofInts(new int[] {1, 2}));
      for (int[] times : new int[][] {{3, 8}, {5}}) {
        guided.predict(images(), Tensors.ofInts(times), classes);
      }
      assertThat(asked).containsExactly(new double[] {3, 8, 3, 8}, new double[] {5});
    }
  }

  @Test
  void rule_thatCannotBe_isRefused() {
    assertThatThrownBy(() -> new PowerCosineGuided.Rule(0.5, 4, 10, 3))
        .hasMessageContaining("scale 0.5")
        .hasMessageContaining("at least 1");
    try (Scope scope = Scope.open()) {
      Denoiser guided = new PowerCosineGuided(NETWORK, new PowerCosineGuided.Rule(2, 4, 10, 3), 4);
      Condition classes = Condition.ofClasses(Tensors.ofInts(new int[] {1, 2}));
      assertThatThrownBy(
              () -> guided.predict(images(), Tensors.ofInts(new int[] {3, 8}), classes).value())
          .hasMessage("guidance: 3 channels are guided, but the network has 2");
    }
  }
}
