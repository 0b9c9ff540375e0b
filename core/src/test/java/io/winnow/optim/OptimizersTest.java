package io.winnow.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What holds for every optimiser, and each rule against its formula in plain arithmetic. */
class OptimizersTest {
  private static final double BETA1 = 0.8;
  private static final double BETA2 = 0.95;
  private static final double EPS = 1e-3;
  private static final double DECAY = 0.05;
  private static final double MOMENTUM = 0.7;
  private static final float[] START = {1, -2, 0.5f};
  private static final float[][] GRADIENTS = {{0.5f, -4, 0.25f}, {-1, 2, 0.125f}, {3, 0.5f, -2}};

  /** The rules, and what one step of each does to a number. */
  enum Kind {
    ADAM("adam") {
      @Override
      Optimizer of(Map<String, Tensor> parameters) {
        return Adam.coupled(parameters, new AdamConfig(BETA1, BETA2, EPS, DECAY));
      }

      @Override
      void step(double[] p, double[] a, double[] b, double g, double rate, int k) {
        moments(p, a, b, g + DECAY * p[0], rate, k);
      }
    },
    ADAMW("adamw") {
      @Override
      Optimizer of(Map<String, Tensor> parameters) {
        return Adam.decoupled(parameters, new AdamConfig(BETA1, BETA2, EPS, DECAY));
      }

      @Override
      void step(double[] p, double[] a, double[] b, double g, double rate, int k) {
        p[0] -= rate * DECAY * p[0];
        moments(p, a, b, g, rate, k);
      }
    },
    SGD("sgd") {
      @Override
      Optimizer of(Map<String, Tensor> parameters) {
        return new Sgd(parameters, new Sgd.Rule(MOMENTUM, DECAY, false));
      }

      @Override
      void step(double[] p, double[] a, double[] b, double g, double rate, int k) {
        a[0] = MOMENTUM * a[0] + g + DECAY * p[0];
        p[0] -= rate * a[0];
      }
    },
    NESTEROV("sgd") {
      @Override
      Optimizer of(Map<String, Tensor> parameters) {
        return new Sgd(parameters, new Sgd.Rule(MOMENTUM, DECAY, true));
      }

      @Override
      void step(double[] p, double[] a, double[] b, double g, double rate, int k) {
        double d = g + DECAY * p[0];
        a[0] = MOMENTUM * a[0] + d;
        p[0] -= rate * (d + MOMENTUM * a[0]);
      }
    };

    private final String name;

    Kind(String name) {
      this.name = name;
    }

    abstract Optimizer of(Map<String, Tensor> parameters);

    abstract void step(double[] p, double[] a, double[] b, double g, double rate, int k);

    private static void moments(double[] p, double[] m, double[] v, double g, double rate, int k) {
      m[0] = BETA1 * m[0] + (1 - BETA1) * g;
      v[0] = BETA2 * v[0] + (1 - BETA2) * g * g;
      double first = m[0] / (1 - Math.pow(BETA1, k));
      double second = v[0] / (1 - Math.pow(BETA2, k));
      p[0] -= rate * first / (Math.sqrt(second) + EPS);
    }
  }

  /** Two parameters, [2] and [1], so that groups have an order. */
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();

  OptimizersTest() {
    parameters.put("p", leaf(START[0], START[1]));
    parameters.put("q", leaf(START[2]));
  }

  private static Tensor leaf(float... values) {
    return Scope.immortal(Tensors.of(values, values.length).set_requires_grad(true));
  }

  private void backward(Optimizer optimizer, float[] g) {
    try (Scope scope = Scope.open()) {
      optimizer.clearGradients();
      Tensor p = parameters.get("p").mul(Tensors.of(new float[] {g[0], g[1]}, 2)).sum();
      p.add(parameters.get("q").mul(Tensors.of(new float[] {g[2]}, 1)).sum()).backward();
    }
  }

  private double[] values() {
    return Stream.of("p", "q")
        .flatMapToDouble(name -> Arrays.stream(Tensors.doubles(parameters.get(name))))
        .toArray();
  }

  private static Tensor scalar(double value) {
    return Tensors.of(new float[] {(float) value}, 1).squeeze();
  }

  private static Map<String, double[]> state(Optimizer optimizer) {
    Map<String, double[]> values = new LinkedHashMap<>();
    optimizer.state().forEach((name, tensor) -> values.put(name, Tensors.doubles(tensor)));
    return values;
  }

  /** Three steps at falling rates, the second with gradients divided by 4. */
  private static double[] byHand(Kind kind) {
    double[] p = new double[3];
    for (int i = 0; i < 3; i++) {
      double[] value = {START[i]};
      double[] a = {0};
      double[] b = {0};
      kind.step(value, a, b, GRADIENTS[0][i], 0.1, 1);
      kind.step(value, a, b, GRADIENTS[1][i] / 4, 0.05, 2);
      kind.step(value, a, b, GRADIENTS[2][i], 0.02, 3);
      p[i] = value[0];
    }
    return p;
  }

  @ParameterizedTest
  @EnumSource
  void steps_areThoseOfTheFormula(Kind kind) {
    Optimizer optimizer = kind.of(parameters);
    assertThat(optimizer.kind()).isEqualTo(kind.name);
    backward(optimizer, GRADIENTS[0]);
    optimizer.step(optimizer.gradients(), 0.1);
    backward(optimizer, GRADIENTS[1]);
    optimizer.step(optimizer.gradients(), 0.05, scalar(4), scalar(0));
    backward(optimizer, GRADIENTS[2]);
    optimizer.step(optimizer.gradients(), 0.02, null, null);
    assertThat(values()).containsExactly(byHand(kind), within(2e-6));
  }

  @ParameterizedTest
  @EnumSource
  void step_skipped_leavesParametersAndStateAsTheyAre(Kind kind) {
    Optimizer optimizer = kind.of(parameters);
    backward(optimizer, GRADIENTS[0]);
    optimizer.step(optimizer.gradients(), 0.1);
    double[] before = values();
    Map<String, double[]> state = state(optimizer);
    backward(optimizer, new float[] {Float.NaN, 1, Float.POSITIVE_INFINITY});
    optimizer.step(optimizer.gradients(), 0.1, scalar(Double.NaN), scalar(1));
    assertThat(values()).containsExactly(before);
    assertThat(state(optimizer)).hasSameSizeAs(state);
    state.forEach((name, values) -> assertThat(state(optimizer).get(name)).isEqualTo(values));
  }

  /** A flag that says "go on" is no other arithmetic. */
  @ParameterizedTest
  @EnumSource
  void step_notSkipped_hasTheBitsOfAPlainOne(Kind kind) {
    OptimizersTest other = new OptimizersTest();
    Optimizer plain = kind.of(parameters);
    Optimizer flagged = kind.of(other.parameters);
    for (float[] gradients : GRADIENTS) {
      backward(plain, gradients);
      plain.step(plain.gradients(), 0.03);
      other.backward(flagged, gradients);
      flagged.step(flagged.gradients(), 0.03, null, scalar(0));
    }
    assertThat(other.values()).containsExactly(values());
  }

  @ParameterizedTest
  @EnumSource
  void state_copiedIntoANewOne_goesOnInTheSameBits(Kind kind) {
    OptimizersTest other = new OptimizersTest();
    Optimizer first = kind.of(parameters);
    backward(first, GRADIENTS[0]);
    first.step(first.gradients(), 0.1);
    Optimizer second = kind.of(other.parameters);
    try (var guard = new org.bytedeco.pytorch.NoGradGuard()) {
      other.parameters.forEach((name, p) -> p.copy_(parameters.get(name)));
      second.state().forEach((name, tensor) -> tensor.copy_(first.state().get(name)));
    }
    backward(first, GRADIENTS[1]);
    first.step(first.gradients(), 0.05);
    other.backward(second, GRADIENTS[1]);
    second.step(second.gradients(), 0.05);
    assertThat(other.values()).containsExactly(values());
  }

  @ParameterizedTest
  @EnumSource
  void parameters_withoutAGradient_areLeftAloneOrNamed(Kind kind) {
    parameters.put("frozen", Scope.immortal(Tensors.of(START, 3)));
    Optimizer optimizer = kind.of(parameters);
    assertThat(optimizer.state().keySet()).noneMatch(name -> name.contains("frozen"));
    optimizer.clearGradients();
    assertThatThrownBy(optimizer::gradients)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no gradient for p, q; every parameter must take part");
    assertThatThrownBy(() -> kind.of(Map.of("frozen", parameters.get("frozen"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no parameter requires a gradient");
  }

  @ParameterizedTest
  @EnumSource
  void steps_leaveNoNativeObjects(Kind kind) {
    Optimizer optimizer = kind.of(parameters);
    Tensor divisor = Scope.immortal(scalar(2));
    Tensor skip = Scope.immortal(scalar(0));
    long before = 0;
    for (int k = 1; k <= 20; k++) {
      backward(optimizer, GRADIENTS[0]);
      try (Scope scope = Scope.open()) {
        optimizer.step(optimizer.gradients(), 1e-3, divisor, skip);
      }
      before = k == 3 ? Pointer.totalCount() : before;
    }
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
  }

  @Test
  void stateNames_areThoseOfEarlierCheckpoints() {
    assertThat(Kind.ADAM.of(parameters).state())
        .containsOnlyKeys("exp_avg.p", "exp_avg.q", "exp_avg_sq.p", "exp_avg_sq.q", "step");
    assertThat(Kind.SGD.of(parameters).state()).containsOnlyKeys("velocity.p", "velocity.q");
  }
}
