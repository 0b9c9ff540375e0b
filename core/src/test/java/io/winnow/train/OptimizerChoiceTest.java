package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.optim.AdamConfig;
import io.winnow.optim.OptimizerConfig;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Safetensors;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The optimiser that a configuration names is the one that trains, with its constants. */
class OptimizerChoiceTest {
  private static final double RATE = 1e-2;
  private static final String WEIGHT = "in.weight";

  @TempDir Path folder;

  /** The first weight's values before and after one step, and the optimiser's file. */
  @SuppressWarnings("ArrayRecordComponent") // a note, never compared
  private record Step(double[] before, double[] after, Path file) {
    double[] state(String key) {
      try (Scope scope = Scope.open()) {
        return Tensors.doubles(Safetensors.read(file).get(key + "." + WEIGHT));
      }
    }

    String kind() {
      try (Safetensors.Reader reader = Safetensors.open(file)) {
        return reader.metadata().get("optimizer");
      }
    }
  }

  private TrainRun run(String name, OptimizerConfig optimizer) {
    TrainRun run = new TrainRun(folder.resolve(name));
    return run.with(
        TrainConfigs.set(
            run.config,
            "optimizer",
            optimizer,
            "learningRate",
            RATE,
            "warmupEpochs",
            0,
            "gradientClip",
            null));
  }

  /** Adan brings its clip, with eps beside the norm; the others take the training's. */
  @Test
  void clip_isThatOfTheRule_whereItHasOne() {
    List<Double> betas = List.of(0.98, 0.92, 0.99);
    try (Scope scope = Scope.open()) {
      Tensor norm = Tensors.of(new float[] {2}, 1);
      OptimizerConfig clipping = new OptimizerConfig.Nesterov(betas, 0.5, 0, 0.5);
      Tensor divisor = run("clipping", clipping).config.clip().divisor(norm);
      assertThat(Tensors.doubles(divisor)).containsExactly((2 + 0.5) / 0.5);
      OptimizerConfig free = new OptimizerConfig.Nesterov(betas, 0.5, 0, null);
      TrainConfig config = run("free", free).config;
      assertThat(config.clip()).isNull();
      config = TrainConfigs.set(config, "gradientClip", 4.0);
      assertThat(Tensors.doubles(config.clip().divisor(norm))).containsExactly(1);
    }
    assertThatThrownBy(() -> new OptimizerConfig.Nesterov(betas, 1e-8, 0, 0.0))
        .hasMessageStartingWith("maxGradNorm is 0.0, but must be above 0");
  }

  private Step step(String name, OptimizerConfig optimizer) {
    TrainRun run = run(name, optimizer);
    TinyDenoiser network = new TinyDenoiser(TrainRun.CLASSES, run.dropout, 5);
    run.network = network;
    double[] before = values(network);
    run.runSteps(1);
    Path file = run.folder.resolve("train-state/step-000000001/optimizer.safetensors");
    return new Step(before, values(network), file);
  }

  private static double[] values(TinyDenoiser network) {
    try (Scope scope = Scope.open()) {
      Tensor weight = network.parameters().get(WEIGHT);
      return Tensors.doubles(weight.detach());
    }
  }

  private static double[] moved(Step step, double[] direction) {
    double[] expected = step.before().clone();
    for (int i = 0; i < expected.length; i++) {
      expected[i] -= RATE * direction[i];
    }
    return expected;
  }

  /** The first velocity is the gradient with its share of the weight; then p -= rate times it. */
  @Test
  void sgd_takesItsStep_withWeightDecayAndMomentum() {
    Step plain = step("plain", new OptimizerConfig.Momentum(0, 0, false));
    double[] gradient = plain.state("velocity");
    assertThat(plain.kind()).isEqualTo("sgd");
    assertThat(plain.after()).containsExactly(moved(plain, gradient), within(1e-7));
    Step ahead = step("ahead", new OptimizerConfig.Momentum(0.5, 0.1, true));
    double[] direction = gradient.clone();
    for (int i = 0; i < direction.length; i++) {
      direction[i] = 1.5 * (gradient[i] + 0.1 * ahead.before()[i]);
    }
    assertThat(ahead.after()).containsExactly(moved(ahead, direction), within(1e-7));
  }

  @Test
  void adamw_decaysTheWeightBesideTheStep_adamInsideIt() {
    Step adam = step("adam", new OptimizerConfig.Coupled(0.5, 0.75, 1e-3, 0));
    double[] gradient = adam.state("exp_avg");
    double[] direction = new double[gradient.length];
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] /= 0.5;
      assertThat(adam.state("exp_avg_sq")[i])
          .isCloseTo(0.25 * gradient[i] * gradient[i], within(1e-7));
      direction[i] = gradient[i] / (Math.abs(gradient[i]) + 1e-3);
    }
    assertThat(adam.kind()).isEqualTo("adam");
    assertThat(adam.after()).containsExactly(moved(adam, direction), within(1e-6));
    Step beside = step("adamw", new OptimizerConfig.Decoupled(0.5, 0.75, 1e-3, 2));
    for (int i = 0; i < direction.length; i++) {
      direction[i] += 2 * beside.before()[i];
    }
    assertThat(beside.kind()).isEqualTo("adamw");
    assertThat(beside.after()).containsExactly(moved(beside, direction), within(1e-6));
    Step inside = step("decayed", new OptimizerConfig.Coupled(0.5, 0.75, 1e-3, 2));
    assertThat(inside.state("exp_avg")[0])
        .isCloseTo(0.5 * (gradient[0] + 2 * inside.before()[0]), within(1e-6));
  }

  /** No optimiser named is Adam with the constants of {@code adam}, to the byte. */
  @Test
  void absent_isAdam() {
    OptimizerConfig same = new OptimizerConfig.Coupled(0.9, 0.999, 1e-8, 0);
    TrainRun named = run("named", same);
    TrainRun absent = run("absent", null);
    named.run(TrainListener.NONE);
    absent.run(TrainListener.NONE);
    assertThat(named.stateFiles()).containsOnlyKeys(absent.stateFiles().keySet());
    absent
        .stateFiles()
        .forEach((n, bytes) -> assertThat(named.stateFiles().get(n)).isEqualTo(bytes));
  }

  @Test
  void resume_withAnotherKind_isOneClearError_andSoAreOtherConstants() {
    run("run", null).runSteps(2);
    Path state = folder.resolve("run/train-state");
    refused(
        new OptimizerConfig.Momentum(0.9, 0, false),
        "optimizer was adam and is now sgd. Undo the change to go on from it, or remove " + state);
    refused(
        new OptimizerConfig.Decoupled(0.9, 0.999, 1e-8, 0), "optimizer was adam and is now adamw.");
    refused(
        new OptimizerConfig.Coupled(0.8, 0.999, 1e-8, 0),
        "adam was " + AdamConfig.DEFAULT + " and is now " + new AdamConfig(0.8, 0.999, 1e-8, 0));
  }

  private void refused(OptimizerConfig optimizer, String message) {
    assertThatThrownBy(() -> run("run", optimizer).run(TrainListener.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("step-000000002: belongs to another run; " + message);
  }

  @Test
  void resume_ofEveryKind_endsInTheSameBytes() {
    for (OptimizerConfig optimizer :
        List.of(
            new OptimizerConfig.Momentum(0.9, 0.01, false),
            new OptimizerConfig.Decoupled(0.9, 0.99, 1e-8, 0.1))) {
      TrainRun whole = run("whole " + optimizer.kind(), optimizer);
      whole.run(TrainListener.NONE);
      run("parts " + optimizer.kind(), optimizer).runSteps(7);
      TrainRun parts = run("parts " + optimizer.kind(), optimizer);
      parts.run(TrainListener.NONE);
      whole
          .stateFiles()
          .forEach((n, bytes) -> assertThat(parts.stateFiles().get(n)).isEqualTo(bytes));
    }
  }
}
