package io.winnow.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.function.DoubleUnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** Which objective a scheduler and a network are trained by, and what it calls itself. */
class ObjectivesTest {
  private static final SchedulerConfig FLOW = SchedulerConfig.flowMatching();
  private static final SchedulerConfig LEARNT =
      SchedulerConfig.learnedRange(new ScheduleConfig.Linear(40, 1e-3, 0.3), Parameterization.X0);
  private static final SchedulerConfig PLAIN =
      SchedulerConfig.ddpm(new ScheduleConfig.Linear(20, 1e-3, 0.3), Parameterization.V);

  private static final Denoiser NETWORK = (xt, t, condition) -> Prediction.of(xt);

  /** Answers x_t, with a variance. */
  private static final Denoiser ANSWERS =
      (xt, t, condition) -> new Prediction(xt, torch.zeros_like(xt));

  /** Hides a share of four tokens; none where the share is null. */
  private record Masked(MaskRule maskRule) implements MaskedDenoiser {
    @Override
    public Prediction predict(Tensor xt, Tensor t, Condition condition) {
      return NETWORK.predict(xt, t, condition);
    }

    @Override
    public Prediction predictMasked(Tensor xt, Tensor t, Condition condition, TokenMask mask) {
      return NETWORK.predict(xt, t, condition);
    }

    @Override
    public int tokens() {
      return 4;
    }
  }

  @Test
  void objective_isThatOfTheScheduler() {
    assertThat(Objectives.of(FLOW, NETWORK, 5.0)).isInstanceOf(FlowObjective.class);
    assertThat(Objectives.of(LEARNT, NETWORK, 5.0)).isInstanceOf(HybridObjective.class);
    assertThat(Objectives.of(LEARNT, NETWORK, 5.0).identity())
        .isEqualTo("x0 minSnr 5.0 learned-range");
    assertThat(Objectives.of(PLAIN, NETWORK, null)).isInstanceOf(Objective.class);
    assertThat(Objectives.of(PLAIN, NETWORK, null).identity()).isEqualTo("v");
  }

  @Test
  void objective_isMasked_whereTheNetworkHidesTokens() {
    Denoiser hides = new Masked(MaskRule.constant(0.5));
    assertThat(Objectives.of(PLAIN, hides, null)).isInstanceOf(MaskedObjective.class);
    assertThat(Objectives.of(LEARNT, hides, null).identity())
        .isEqualTo("x0 learned-range masked 0.5 + 0.0");
    assertThat(Objectives.of(PLAIN, new Masked(null), null)).isInstanceOf(Objective.class);
  }

  /** A checkpoint made under another process is refused, and the record says what is compared. */
  @Test
  void objective_namesItsProcess_andWhatIsCompared() {
    Denoiser hides = new Masked(MaskRule.constant(0.5));
    TrainingObjective flow = Objectives.of(FLOW, NETWORK, null);
    assertThat(flow.process()).isEqualTo("straight paths");
    assertThat(flow.comparison()).isEqualTo("squared error");
    TrainingObjective learnt = Objectives.of(LEARNT, NETWORK, null);
    assertThat(learnt.process()).isEqualTo(LEARNT.schedule().toString());
    assertThat(learnt.comparison()).isEqualTo("squared error without the learnt variance");
    TrainingObjective masked = Objectives.of(LEARNT, hides, null);
    assertThat(masked.process()).isEqualTo(LEARNT.schedule().toString());
    assertThat(masked.comparison())
        .isEqualTo("squared error without the learnt variance of the pass over all tokens");
    assertThat(Objectives.of(PLAIN, NETWORK, null).process())
        .isEqualTo(PLAIN.schedule().toString());
  }

  /**
   * A step through draws, passes, answers and losses, pixel by pixel: x_t, what is to be predicted
   * and the squared error of a network that answers x_t.
   */
  @Test
  void step_costsTheSquaredErrorOfItsAnswers() {
    try (Scope scope = Scope.open()) {
      double[] learnt = PlainSteps.alphaBar(PlainSteps.linear(40, 1e-3, 0.3));
      double[] plain = PlainSteps.alphaBar(PlainSteps.linear(20, 1e-3, 0.3));
      assertStep(FLOW, t -> 1 - t / 1000, t -> t / 1000, (x0, eps, a, b) -> eps - x0);
      assertStep(
          LEARNT,
          t -> Math.sqrt(learnt[(int) t]),
          t -> Math.sqrt(1 - learnt[(int) t]),
          (x0, eps, a, b) -> x0);
      assertStep(
          PLAIN,
          t -> Math.sqrt(plain[(int) t]),
          t -> Math.sqrt(1 - plain[(int) t]),
          (x0, eps, a, b) -> a * eps - b * x0);
    }
  }

  private interface Target {
    double of(double x0, double eps, double signal, double noise);
  }

  private static void assertStep(
      SchedulerConfig scheduler,
      DoubleUnaryOperator signal,
      DoubleUnaryOperator noise,
      Target target) {
    TrainingObjective objective = Objectives.of(scheduler, NETWORK, null);
    long[] shape = {5, 1, 1, 1};
    RandomStreams random = RandomStreams.of(6);
    Tensor x0 = random.normal(shape, "x0");
    StepDraw draw = objective.draw(random, 9, purpose -> Condition.none(), shape);
    Passes passes = objective.passes(x0, draw);
    SampleLosses losses = objective.losses(passes.ask(ANSWERS), passes).detach();
    double[] found = Tensors.doubles(losses.compared());
    assertThat(Tensors.doubles(objective.compared(ANSWERS, passes))).isEqualTo(found);
    double[] t = Tensors.doubles(draw.t());
    double[] eps = Tensors.doubles(draw.full().eps());
    double[] clean = Tensors.doubles(x0);
    assertThat(found).hasSize(5);
    for (int i = 0; i < 5; i++) {
      double a = signal.applyAsDouble(t[i]);
      double b = noise.applyAsDouble(t[i]);
      double error = a * clean[i] + b * eps[i] - target.of(clean[i], eps[i], a, b);
      assertThat(found[i]).isCloseTo(error * error, within(1e-4));
    }
    double extra = losses.trained().sub(losses.compared()).abs().max().item_double();
    assertThat(extra > 0).isEqualTo(scheduler.equals(LEARNT)); // the bits of the variance
  }

  @Test
  void losses_detached_areTheSameNumbersWithoutAGradient() {
    try (Scope scope = Scope.open()) {
      Tensor trained = Tensors.of(new float[] {1, 2}, 2).set_requires_grad(true);
      Tensor compared = Tensors.of(new float[] {3, 4}, 2).set_requires_grad(true);
      SampleLosses detached = new SampleLosses(trained, compared).detach();
      assertThat(Tensors.floats(detached.trained())).containsExactly(1, 2);
      assertThat(Tensors.floats(detached.compared())).containsExactly(3, 4);
      assertThat(detached.trained().requires_grad()).isFalse();
      assertThat(detached.compared().requires_grad()).isFalse();
    }
  }

  /** A quarter of the way: step T / 4 of a schedule, 250 of the thousand times of a path. */
  @Test
  void passes_atALevel_ofAllObjectives_areOfOneTime() {
    try (Scope scope = Scope.open()) {
      Denoiser hides = new Masked(MaskRule.constant(0.5));
      assertThat(times(Objectives.of(FLOW, NETWORK, null))).containsOnly(250.0);
      assertThat(times(Objectives.of(LEARNT, NETWORK, null))).containsOnly(10.0);
      assertThat(times(Objectives.of(PLAIN, NETWORK, null))).containsOnly(5.0);
      assertThat(times(Objectives.of(LEARNT, hides, null))).containsOnly(10.0);
    }
  }

  private static double[] times(TrainingObjective objective) {
    Tensor images = torch.zeros(3, 1, 2, 2);
    Passes passes = objective.passes(images, Condition.none(), 0.25, torch.ones_like(images));
    assertThat(passes.masked()).isNull();
    assertThat(passes.full().xt().shape()).containsExactly(3, 1, 2, 2);
    double[] times = Tensors.doubles(passes.full().t());
    assertThat(times).hasSize(3);
    return times;
  }

  /** Straight paths have no noise schedule: what only one has is refused with one message. */
  @Test
  void velocity_onANoiseSchedule_isRefused() {
    Parameterization velocity = Parameterization.FM;
    NoiseSchedule schedule = new NoiseSchedule(PLAIN.schedule());
    try (Scope scope = Scope.open()) {
      Tensor x = torch.zeros(1, 1, 1, 1);
      Tensor t = Tensors.ofInts(new int[] {3});
      String message =
          "prediction: fm on a noise schedule; expected eps, v or x0 there, or straight paths.";
      assertThatThrownBy(() -> velocity.target(schedule, x, x, t)).hasMessage(message);
      assertThatThrownBy(() -> velocity.eps(schedule, x, x, t)).hasMessage(message);
      assertThatThrownBy(() -> velocity.minSnrWeight(1, 5)).hasMessage(message);
    }
  }
}
