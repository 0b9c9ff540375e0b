package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.diffusion.Condition;
import io.winnow.diffusion.FlowObjective;
import io.winnow.diffusion.MaskRule;
import io.winnow.diffusion.MaskedDenoiser;
import io.winnow.diffusion.MaskedObjective;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Objective;
import io.winnow.diffusion.Parameterization;
import io.winnow.diffusion.Prediction;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.diffusion.TokenMask;
import io.winnow.diffusion.TrainingObjective;
import io.winnow.nn.Layer;
import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/**
 * A step on the engine's device without values ("meta"), which computes shapes and types only: what
 * reads a value fails there, and so does what mixes in a tensor that was left on the CPU.
 */
class UnreadDeviceTest {
  private static final Device META = Scope.immortal(new Device("meta"));

  private static final class Network extends Layer implements TestNetwork {
    private final Tensor gain = parameter("gain", torch.ones(1, 3, 1, 1).to(META, FLOAT));
    private final Tensor classes = parameter("classes", torch.ones(11).to(META, FLOAT));

    @Override
    public Prediction predict(Tensor xt, Tensor t, Condition condition) {
      Tensor shift = classes.gather(0, condition.labels()).view(-1, 1, 1, 1);
      return Prediction.of(xt.mul(gain).add(shift).add(t.view(-1, 1, 1, 1)));
    }
  }

  private static final torch.ScalarType FLOAT = torch.ScalarType.Float;

  @Test
  void item_onThisDevice_fails() {
    Tensor value = torch.ones(1).to(META, FLOAT);
    assertThatThrownBy(value::item_double).isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> Tensors.doubles(value)).isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> value.add(torch.ones(3))).isInstanceOf(RuntimeException.class);
  }

  @Test
  void step_ofAnyObjective_readsNothing() {
    step(ClassLossWeights.uniform(TrainRun.CLASSES), null);
    step(ClassLossWeights.uniform(TrainRun.CLASSES), 4);
  }

  /** Answers both passes. */
  private static final class MaskedOne extends Layer implements TestNetwork, MaskedDenoiser {
    private final Tensor gain = parameter("gain", torch.ones(1, 3, 1, 1).to(META, FLOAT));

    @Override
    public Prediction predict(Tensor xt, Tensor t, Condition condition) {
      Tensor told = t.add(condition.labels()).view(-1, 1, 1, 1);
      return Prediction.of(xt.mul(gain).add(told));
    }

    @Override
    public Prediction predictMasked(Tensor xt, Tensor t, Condition condition, TokenMask mask) {
      Tensor seen = mask.removed().sum().add(mask.kept().sum()).add(mask.restore().sum()); // []
      return predict(xt, t, condition).map(value -> value.mul(seen));
    }

    @Override
    public int tokens() {
      return 16;
    }

    @Override
    public MaskRule maskRule() {
      return MaskRule.drawn(0.3);
    }
  }

  @Test
  void step_ofTwoPasses_readsNothing() {
    MaskedOne network = new MaskedOne();
    MaskedObjective objective = new MaskedObjective(new FlowObjective(), network);
    step(network, objective, ClassLossWeights.uniform(TrainRun.CLASSES), 4);
  }

  private static void step(LossWeighting weighting, Integer microBatch) {
    Objective objective =
        new Objective(
            Parameterization.V,
            new NoiseSchedule(new ScheduleConfig.Linear(1000, 1e-4, 0.02)),
            5.0);
    step(new Network(), objective, weighting, microBatch);
  }

  private static void step(
      TestNetwork network,
      TrainingObjective objective,
      LossWeighting weighting,
      Integer microBatch) {
    TrainRun run = new TrainRun(null);
    run.weighting = weighting;
    run.with(TrainConfigs.microBatch(TrainRun.config(), microBatch == null ? 6 : microBatch));
    Compute compute = new Compute(META, false, 1, true);
    RandomStreams random = RandomStreams.of(1);
    compute.place(network);
    Curriculum curriculum =
        new PhasedCurriculum(
            run.config,
            run.kept,
            TrainRun.IMAGES,
            new EpochOrder(random, run.set().groups(), null));
    StepSource source =
        new StepSource(run.set(), run.config, curriculum, objective, random, weighting, false);
    TrainUpdate update =
        new TrainUpdate(
            network,
            network,
            objective,
            run.config.optimizer(network.parameters()),
            run.set().samples(),
            run.config,
            weighting,
            compute,
            random);
    try (Scope scope = Scope.open();
        StepInputs inputs = source.at(0)) {
      Tensor loss = update.differentiated(inputs, true);
      assertThat(loss.is_meta()).isTrue();
    }
    network.parameters().forEach((name, p) -> assertThat(p.grad().is_meta()).as(name).isTrue());
  }
}
