package io.winnow.bench;

import io.winnow.model.unet.UNet2d;
import io.winnow.model.unet.UNet2dConfig;
import io.winnow.tensor.Compute;
import io.winnow.tensor.ComputeConfig;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** What the benchmarks of the class-conditional CIFAR-10 U-Net share: options, network, line. */
final class UNetSetting {
  static final int CLASSES = 10;
  static final int SIDE = 32;

  private static final Set<String> OPTIONS =
      Set.of(
          "clock",
          "width",
          "batch",
          "threads",
          "steps",
          "warmup",
          "seed",
          "layout",
          "device",
          "precision",
          "search",
          "graphs");

  /** Counts for which no option is given. */
  record Defaults(int batch, int warmup, int steps) {}

  private final Arguments arguments;
  private final Defaults defaults;
  private final Compute compute;

  /** Reads the options and makes the engine follow them. */
  UNetSetting(String[] args, Set<String> ownOptions, Defaults defaults) {
    Set<String> known = new TreeSet<>(OPTIONS);
    known.addAll(ownOptions);
    this.arguments = new Arguments(args, known);
    this.defaults = defaults;
    boolean search = arguments.text("search", "false").equals("true");
    compute =
        Compute.of(
            new ComputeConfig(
                arguments.text("device", "cpu"),
                arguments.text("precision", "float32"),
                Integer.toString(threads()),
                layout().equals("nhwc") ? "channels-last" : layout(),
                !search,
                search,
                arguments.text("graphs", "auto")));
    compute.apply();
  }

  /** All options, those that only one benchmark has too. */
  Arguments arguments() {
    return arguments;
  }

  Compute compute() {
    return compute;
  }

  int batch() {
    return arguments.number("batch", defaults.batch());
  }

  /** The network, initialised and placed. */
  UNet2d network(double dropout) {
    UNet2d net =
        new UNet2d(UNet2dConfig.ddpmCifar10Shaped(width(), SIDE, CLASSES).withDropout(dropout));
    net.initAsTorch(arguments.number("seed", 0));
    compute.place(net);
    return net;
  }

  /** Times a step; the line waits for what one benchmark alone has to say. */
  Line time(String name, Runnable step) {
    int warmup = arguments.number("warmup", defaults.warmup());
    int steps = arguments.number("steps", defaults.steps());
    double[] seconds = Line.timed(warmup, steps, step, arguments.clock());
    return new Line(name, threads(), warmup, seconds, batch())
        .text("device", compute.cuda() ? "cuda" : "cpu")
        .text("dtype", compute.bf16() ? "bfloat16" : "float32")
        .number("width", width())
        .text("layout", layout())
        .text("kernels", compute.kernels().name().toLowerCase(Locale.ROOT));
  }

  private int threads() {
    return arguments.number("threads", 1);
  }

  private int width() {
    return arguments.number("width", 128);
  }

  private String layout() {
    return arguments.text("layout", "nhwc");
  }
}
