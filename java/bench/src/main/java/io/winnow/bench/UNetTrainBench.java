package io.winnow.bench;

import io.winnow.diffusion.EpsObjective;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Pixels;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.model.unet.UNet2d;
import io.winnow.model.unet.UNet2dConfig;
import io.winnow.tensor.Compute;
import io.winnow.tensor.ComputeConfig;
import io.winnow.tensor.Scope;
import io.winnow.tensor.TensorGroup;
import io.winnow.train.Adam;
import io.winnow.train.AdamConfig;
import io.winnow.train.Ema;
import io.winnow.train.EmaRule;
import io.winnow.train.GradientClip;
import java.util.Set;
import java.util.function.LongSupplier;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * A training step of the class-conditional CIFAR-10 U-Net: batch from a uint8 pool, flip, noise,
 * label dropout, forward, loss, backward, clip at norm 1, Adam, EMA; the work of {@code
 * peer_unet_train.py}. {@code --work forward} times the forward pass alone.
 */
public final class UNetTrainBench {
  private static final int POOL = 1024;

  private final Compute compute;
  private final UNet2d net;
  private final NoiseSchedule schedule = new NoiseSchedule(ScheduleConfig.paper());
  private final GradientClip clip = new GradientClip(1);
  private final Adam adam;
  private final Ema ema;
  private final Tensor pool; // [1024, 3, 32, 32], uint8
  private final Tensor labels; // [1024], int64
  private final int batch;
  private long steps;
  private double lastLoss;

  private UNetTrainBench(Compute compute, int width, int batch, double dropout, int seed) {
    this.compute = compute;
    this.batch = batch;
    net = new UNet2d(UNet2dConfig.ddpmCifar10Shaped(width, 32, 10).withDropout(dropout));
    net.initAsTorch(seed);
    compute.place(net);
    adam = new Adam(net.parameters(), AdamConfig.DEFAULT);
    ema = new Ema(net.parameters(), EmaRule.RAMP, 0.9999);
    pool = Scope.immortal(integers(256, POOL, 3, 32, 32).to(torch.ScalarType.Byte));
    labels = Scope.immortal(integers(10, POOL));
  }

  public static void main(String[] args) {
    Arguments arguments =
        new Arguments(
            args,
            Set.of(
                "clock",
                "width",
                "batch",
                "threads",
                "steps",
                "warmup",
                "seed",
                "dropout",
                "layout",
                "device",
                "precision",
                "work"));
    int threads = arguments.number("threads", 1);
    int warmup = arguments.number("warmup", 2);
    int batch = arguments.number("batch", 8);
    int width = arguments.number("width", 128);
    String layout = arguments.text("layout", "nhwc");
    Compute compute = compute(arguments, threads, layout);
    compute.apply();
    UNetTrainBench bench =
        new UNetTrainBench(
            compute,
            width,
            batch,
            Double.parseDouble(arguments.text("dropout", "0.1")),
            arguments.number("seed", 0));
    boolean forwardOnly = arguments.text("work", "train").equals("forward");
    double[] seconds =
        Line.timed(
            warmup,
            arguments.number("steps", 5),
            forwardOnly ? bench::forwardStep : bench::trainStep,
            clock(arguments));
    new Line("unet_" + (forwardOnly ? "forward" : "train"), threads, warmup, seconds, batch)
        .text("device", compute.cuda() ? "cuda" : "cpu")
        .text("dtype", compute.bf16() ? "bfloat16" : "float32")
        .number("width", width)
        .text("layout", layout)
        .number("parameters", (double) bench.net.parameterCount())
        .number("loss_last", bench.lastLoss)
        .print();
  }

  /** Wall clock, or {@code --clock cpu}: processor time, for machines that are shared. */
  static LongSupplier clock(Arguments arguments) {
    return arguments.text("clock", "wall").equals("cpu") ? Line::processorNanos : System::nanoTime;
  }

  /** The device, precision and layout that the options name. */
  static Compute compute(Arguments arguments, int threads, String layout) {
    Compute chosen =
        Compute.of(
            new ComputeConfig(
                arguments.text("device", "cpu"),
                arguments.text("precision", "float32"),
                Integer.toString(threads)));
    return new Compute(chosen.device(), chosen.bf16(), threads, layout.equals("nhwc"));
  }

  private void trainStep() {
    try (Scope scope = Scope.open()) {
      Noisy noisy = noisy();
      Tensor loss = EpsObjective.perSampleLoss(predict(noisy), noisy.eps).mean();
      loss.backward();
      TensorGroup gradients = adam.gradients();
      Tensor norm = clip.norm(gradients);
      adam.step(gradients, 1e-4, clip.divisor(norm), null);
      adam.clearGradients();
      ema.update(++steps);
      lastLoss = loss.item_double(); // waits for the device
    }
  }

  private void forwardStep() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      net.train(false);
      lastLoss = predict(noisy()).mean().item_double();
    }
  }

  private Tensor predict(Noisy noisy) {
    try (Compute.Autocast autocast = compute.autocast()) {
      return net.predict(noisy.xt, noisy.t, noisy.y);
    }
  }

  private record Noisy(Tensor xt, Tensor eps, Tensor t, Tensor y) {}

  private Noisy noisy() {
    Tensor pick = integers(POOL, batch); // [B]
    Tensor x0 =
        Pixels.fromUint8(pool.index_select(0, pick).to(compute.device(), pool.scalar_type()));
    Tensor flip = uniform().lt(new Scalar(0.5)).view(-1, 1, 1, 1); // [B, 1, 1, 1]
    x0 = torch.where(flip, x0.flip(3), x0);
    Tensor y = EpsObjective.dropLabels(labels.index_select(0, pick), uniform(), 0.1, 10);
    Tensor t = integers(1000, batch).to(compute.device(), torch.ScalarType.Long);
    Tensor eps = torch.randn_like(x0);
    Tensor xt = compute.images(schedule.addNoise(x0, eps, t));
    return new Noisy(xt, eps, t, y.to(compute.device(), torch.ScalarType.Long));
  }

  private Tensor uniform() {
    return torch.rand(new long[] {batch}, new TensorOptions(torch.ScalarType.Float));
  }

  private static Tensor integers(long below, long... shape) {
    return torch.randint(below, shape, new TensorOptions(torch.ScalarType.Long));
  }
}
