package io.winnow.bench;

import io.winnow.diffusion.Condition;
import io.winnow.diffusion.HybridObjective;
import io.winnow.diffusion.MaskedObjective;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Parameterization;
import io.winnow.diffusion.Passes;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.diffusion.StepDraw;
import io.winnow.model.mdt.Mdt;
import io.winnow.model.mdt.MdtConfig;
import io.winnow.model.mdt.MdtVersion;
import io.winnow.optim.Adam;
import io.winnow.optim.AdamConfig;
import io.winnow.optim.Adan;
import io.winnow.optim.AdanConfig;
import io.winnow.optim.Ema;
import io.winnow.optim.EmaRule;
import io.winnow.optim.GradientClip;
import io.winnow.optim.Optimizer;
import io.winnow.tensor.Compute;
import io.winnow.tensor.ComputeConfig;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.TensorGroup;
import java.util.Set;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * A training step of a masked diffusion transformer on 4 x 32 x 32 latents in memory: an unmasked
 * and a masked pass, both losses, backward, clip at norm 1, Adan (or AdamW), EMA; the work of
 * {@code peer_mdt_train.py}. {@code --micro} splits a batch; 0 takes it whole.
 */
public final class MdtTrainBench {
  private static final int POOL = 512;
  private static final int CLASSES = 1000;
  private static final int STEPS = 1000;

  private final Compute compute;
  private final Mdt net;
  private final MaskedObjective objective;
  private final GradientClip clip = new GradientClip(1, 1e-8);
  private final Optimizer optimizer;
  private final Ema ema;
  private final Tensor pool; // [512, 4, 32, 32]
  private final Tensor labels; // [512], int64
  private final double learningRate;
  private final int batch;
  private final int micro;
  private final long seed;
  private long steps;
  private double lastLoss;

  private MdtTrainBench(Arguments arguments, Compute compute) {
    this.compute = compute;
    boolean first = arguments.number("version", 2) == 1;
    MdtConfig.Size size = MdtConfig.Size.valueOf(arguments.text("size", "S"));
    net = new Mdt(MdtConfig.published(first ? MdtVersion.V1 : MdtVersion.V2, size));
    seed = arguments.number("seed", 0);
    net.initAsTorch(seed);
    compute.place(net);
    NoiseSchedule schedule = new NoiseSchedule(new ScheduleConfig.Linear(STEPS, 1e-4, 0.02));
    HybridObjective hybrid =
        new HybridObjective(Parameterization.EPS, schedule, first ? null : 5.0);
    objective = new MaskedObjective(hybrid, net);
    optimizer =
        arguments.text("optimizer", "adan").equals("adan")
            ? new Adan(net.parameters(), AdanConfig.DEFAULT)
            : Adam.decoupled(net.parameters(), AdamConfig.DEFAULT);
    ema = new Ema(net.parameters(), EmaRule.CONSTANT, 0.9999);
    learningRate = first ? 3e-4 : 5e-4;
    batch = arguments.number("batch", 8);
    int part = arguments.number("micro", 0);
    micro = part == 0 ? batch : part;
    try (Scope scope = Scope.open()) {
      Tensor latents = torch.randn(POOL, 4, 32, 32).mul(new Scalar(0.9));
      pool = Scope.immortal(onDevice(latents));
      labels = Scope.immortal(onDevice(integers(CLASSES, POOL)));
    }
  }

  public static void main(String[] args) {
    Set<String> known =
        Set.of(
            "version",
            "size",
            "optimizer",
            "micro",
            "batch",
            "threads",
            "steps",
            "warmup",
            "seed",
            "device",
            "precision",
            "clock");
    Arguments arguments = new Arguments(args, known);
    int threads = arguments.number("threads", 1);
    Compute compute =
        Compute.of(
            new ComputeConfig(
                arguments.text("device", "cpu"),
                arguments.text("precision", "float32"),
                Integer.toString(threads)));
    compute.apply();
    MdtTrainBench bench = new MdtTrainBench(arguments, compute);
    int warmup = arguments.number("warmup", 2);
    double[] seconds =
        Line.timed(warmup, arguments.number("steps", 5), bench::step, arguments.clock());
    new Line("mdt_train", threads, warmup, seconds, bench.batch)
        .text("device", compute.cuda() ? "cuda" : "cpu")
        .text("dtype", compute.bf16() ? "bfloat16" : "float32")
        .text("size", arguments.text("size", "S"))
        .number("version", arguments.number("version", 2))
        .text("optimizer", bench.optimizer.kind())
        .number("micro", arguments.number("micro", 0))
        .number("parameters", (double) bench.net.parameterCount())
        .number("loss_last", bench.lastLoss)
        .print();
  }

  private void step() {
    try (Scope scope = Scope.open()) {
      optimizer.clearGradients();
      Tensor total = null;
      for (int from = 0; from < batch; from += micro) {
        Tensor loss = backward(Math.min(micro, batch - from));
        total = total == null ? loss : total.add_(loss);
      }
      TensorGroup gradients = optimizer.gradients();
      Tensor norm = clip.norm(gradients);
      optimizer.step(gradients, learningRate, clip.divisor(norm), null);
      ema.update(++steps);
      lastLoss = total.item_double(); // waits for the device
    }
  }

  /** The share of the batch's loss that some of its images have. */
  private Tensor backward(int size) {
    Tensor pick = onDevice(integers(POOL, size)); // [b]
    Condition condition = Condition.ofClasses(labels.index_select(0, pick));
    Passes passes = objective.passes(pool.index_select(0, pick), draw(condition, size));
    Passes.Answers answers;
    try (Compute.Autocast autocast = compute.autocast()) {
      answers = passes.ask(net);
    }
    Tensor losses = objective.losses(answers, passes).trained(); // [b]
    Tensor loss = losses.sum().div(new Scalar((double) batch));
    loss.backward();
    return loss.detach();
  }

  /** Drawn where the work is done, as the peer does. */
  private StepDraw draw(Condition condition, int size) {
    Tensor t = onDevice(integers(STEPS, size));
    float ratio = (float) RandomStreams.of(seed).uniform("ratio", steps);
    return new StepDraw(
        t,
        pass(condition, size),
        pass(condition, size),
        objective.mask(uniform(size, net.tokens()), ratio));
  }

  private StepDraw.Pass pass(Condition condition, int size) {
    Condition told = condition.dropped(uniform(size), net.config().classDropoutProb(), CLASSES);
    return new StepDraw.Pass(told, torch.randn_like(pool.narrow(0, 0, size)));
  }

  private Tensor uniform(long... shape) {
    return onDevice(torch.rand(shape, new TensorOptions(torch.ScalarType.Float)));
  }

  private Tensor onDevice(Tensor tensor) {
    return tensor.to(compute.device(), tensor.scalar_type());
  }

  private static Tensor integers(long below, long... shape) {
    return torch.randint(below, shape, new TensorOptions(torch.ScalarType.Long));
  }
}
