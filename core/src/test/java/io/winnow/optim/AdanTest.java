package io.winnow.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rule against its formula in plain arithmetic. */
class AdanTest {
  private static final double B1 = 0.9;
  private static final double B2 = 0.8;
  private static final double B3 = 0.95;
  private static final double EPS = 1e-3;
  private static final double DECAY = 0.5;
  private static final double RATE = 0.1;
  private static final float[] GRADIENTS = {0.5f, -4, 0.25f, 3};

  private final Map<String, Tensor> parameters = new LinkedHashMap<>();

  AdanTest() {
    for (String name : new String[] {"p", "q"}) {
      Tensor leaf = Tensors.of(new float[] {name.equals("p") ? 1 : -2}, 1);
      parameters.put(name, Scope.immortal(leaf.set_requires_grad(true)));
    }
  }

  /** One number under the rule. */
  private static final class Plain {
    private final boolean proximal;
    double p;
    double m;
    double v;
    double n;
    double previous;
    boolean begun;

    Plain(double p, boolean proximal) {
      this.p = p;
      this.proximal = proximal;
    }

    void step(double g, int k) {
      double d = begun && k > 1 ? g - previous : 0;
      m = B1 * m + (1 - B1) * g;
      v = B2 * v + (1 - B2) * d;
      n = B3 * n + (1 - B3) * Math.pow(g + B2 * d, 2);
      double den = Math.sqrt(n) / Math.sqrt(1 - Math.pow(B3, k)) + EPS;
      double step =
          RATE * m / (1 - Math.pow(B1, k)) / den + RATE * B2 * v / (1 - Math.pow(B2, k)) / den;
      p = proximal ? (p - step) / (1 + RATE * DECAY) : p * (1 - RATE * DECAY) - step;
      previous = g;
      begun = true;
    }
  }

  private static AdanConfig config(boolean proximal) {
    return new AdanConfig(B1, B2, B3, EPS, DECAY, proximal);
  }

  private void give(String name, float g) {
    try (Scope scope = Scope.open()) {
      parameters.get(name).mul(Tensors.of(new float[] {g}, 1)).sum().backward();
    }
  }

  private void step(Adan adan, float g, Double divisor, Double skip) {
    try (Scope scope = Scope.open()) {
      adan.clearGradients();
      give("p", g);
      give("q", -2 * g);
      adan.step(adan.gradients(), RATE, scalar(divisor), scalar(skip));
    }
  }

  private static Tensor scalar(Double value) {
    return value == null ? null : Tensors.of(new float[] {value.floatValue()}, 1).squeeze();
  }

  private double value(String name) {
    return Tensors.doubles(parameters.get(name))[0];
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void step_isTheFormula(boolean proximal) {
    Plain p = new Plain(1, proximal);
    Plain q = new Plain(-2, proximal);
    try (Adan adan = new Adan(parameters, config(proximal))) {
      for (int k = 1; k <= GRADIENTS.length; k++) {
        float g = GRADIENTS[k - 1];
        step(adan, g, k == 2 ? 4.0 : null, k == 3 ? 0.0 : null);
        p.step(k == 2 ? g / 4 : g, k);
        q.step(k == 2 ? -2 * g / 4 : -2 * g, k);
        assertThat(value("p")).isCloseTo(p.p, within(1e-6));
        assertThat(value("q")).isCloseTo(q.p, within(1e-6));
      }
      assertThat(Tensors.doubles(adan.state().get("neg_pre_grad.q"))[0]).isEqualTo(-q.previous);
      assertThat(Tensors.doubles(adan.state().get("exp_avg_diff.p"))[0])
          .isCloseTo(p.v, within(1e-6));
      assertThat(adan.kind()).isEqualTo("adan");
    }
  }

  @Test
  void skippedStep_evenTheFirst_leavesEverythingAsItIs() {
    Plain p = new Plain(1, true);
    try (Adan adan = new Adan(parameters, config(true))) {
      step(adan, Float.NaN, null, 1.0);
      assertThat(value("p")).isEqualTo(1);
      for (int k = 1; k <= GRADIENTS.length; k++) {
        step(adan, GRADIENTS[k - 1], null, null);
        p.step(GRADIENTS[k - 1], k);
        step(adan, Float.POSITIVE_INFINITY, null, 1.0);
        assertThat(value("p")).isCloseTo(p.p, within(1e-6));
      }
      assertThat(Tensors.doubles(adan.state().get("step"))).containsExactly(GRADIENTS.length);
      assertThat(Tensors.doubles(adan.state().get("neg_pre_grad.p"))).containsExactly(-p.previous);
    }
  }

  @Test
  void stepReached_movesOnlyWhatAGradientReached_andCountsForAll() {
    Plain p = new Plain(1, true);
    Plain q = new Plain(-2, true);
    try (Adan adan = new Adan(parameters, config(true))) {
      for (int k = 1; k <= GRADIENTS.length; k++) {
        float g = GRADIENTS[k - 1];
        adan.clearGradients();
        give("p", g);
        p.step(g / 2, k);
        if (k == 2 || k == 4) {
          give("q", g);
          q.step(g / 2, k);
        } else {
          assertThatThrownBy(adan::gradients).hasMessageStartingWith("Adan: no gradient for q");
        }
        try (Scope scope = Scope.open()) {
          assertThat(adan.reached().size()).isEqualTo(k % 2 == 0 ? 2 : 1);
          adan.stepReached(RATE, scalar(2.0));
        }
        assertThat(value("p")).isCloseTo(p.p, within(1e-6));
        assertThat(value("q")).isCloseTo(q.p, within(1e-6));
      }
    }
  }

  @Test
  void state_copiedToAnother_goesOnAlike() {
    try (Adan one = new Adan(parameters, config(true))) {
      step(one, 1, null, null);
      step(one, -3, null, null);
      float[] kept = Tensors.floats(parameters.get("p"));
      Map<String, float[]> state = new LinkedHashMap<>();
      one.state().forEach((name, tensor) -> state.put(name, Tensors.floats(tensor)));
      step(one, 2, null, null);
      double expected = value("p");
      try (Scope scope = Scope.open();
          Adan other = new Adan(parameters, config(true))) {
        try (var guard = new org.bytedeco.pytorch.NoGradGuard()) {
          parameters.get("p").copy_(Tensors.of(kept, 1));
          other
              .state()
              .forEach((name, t) -> t.copy_(Tensors.of(state.get(name), 1).view(t.shape())));
        }
        step(other, 2, null, null);
        assertThat(value("p")).isEqualTo(expected);
      }
    }
  }

  @Test
  void step_leaksNothing() {
    try (Adan adan = new Adan(parameters, AdanConfig.DEFAULT)) {
      step(adan, 1, 1.0, 0.0);
      long before = Pointer.totalCount();
      step(adan, 2, 1.0, 0.0);
      assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
    }
  }

  @Test
  void config_outOfRange_isRefused() {
    assertThatThrownBy(() -> new AdanConfig(0.9, 1, 0.9, 1e-8, 0, true))
        .hasMessage("beta2 is 1.0, but must be in [0, 1)");
    assertThatThrownBy(() -> new AdanConfig(0.9, 0.9, 0.9, 0, 0, true))
        .hasMessage("eps is 0.0, but must be above 0");
    assertThatThrownBy(() -> new AdanConfig(0.9, 0.9, 0.9, 1, -1, true))
        .hasMessage("weightDecay is -1.0, but must be >= 0");
  }

  @Test
  void clip_withAnotherMargin_isTheReferences() {
    try (Scope scope = Scope.open()) {
      Tensor norm = Tensors.of(new float[] {0.01f}, 1).squeeze();
      double divisor = Tensors.doubles(new GradientClip(0.001, 0.01).divisor(norm))[0];
      assertThat(divisor).isCloseTo(20, within(1e-4));
      assertThat(Tensors.doubles(new GradientClip(0.001).divisor(norm))[0])
          .isCloseTo(10.001, within(1e-4));
    }
  }
}
