package io.winnow.bench;

import io.winnow.model.unet.UNet2d;
import io.winnow.model.unet.UNet2dConfig;
import io.winnow.optim.Adam;
import io.winnow.optim.AdamConfig;
import io.winnow.optim.Ema;
import io.winnow.optim.EmaRule;
import io.winnow.optim.GradientClip;
import io.winnow.tensor.Compute;
import io.winnow.tensor.ComputeConfig;
import io.winnow.tensor.Scope;
import io.winnow.tensor.TensorGroup;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What follows the backward pass of the class-conditional CIFAR-10 U-Net: norm, clip, Adam, moving
 * average over 35.8 M parameters, in the forms between which the trainer chose.
 *
 * <ul>
 *   <li>{@code --form divide} (the trainer's): the fused Adam divides by the clip on the way
 *   <li>{@code --form multiply}: gradients are clipped in place first
 *   <li>{@code --form flat}: as divide, on one flat tensor instead of one per parameter
 *   <li>{@code --form loop}: as divide, the average by one call per parameter
 * </ul>
 */
public final class OptimizerBench {
  private final Map<String, Tensor> parameters;
  private final GradientClip clip = new GradientClip(1);
  private final Adam adam;
  private final Ema ema;
  private final String form;
  private final Scalar share = Scope.immortal(new Scalar(1e-4));
  private long steps;

  private OptimizerBench(Map<String, Tensor> parameters, String form) {
    this.parameters = parameters;
    this.form = form;
    this.adam = Adam.coupled(parameters, AdamConfig.DEFAULT);
    this.ema = new Ema(parameters, EmaRule.CONSTANT, 0.9999);
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      parameters.values().forEach(p -> p.mutable_grad().put(torch.randn_like(p)));
    }
  }

  public static void main(String[] args) {
    Arguments arguments =
        new Arguments(args, Set.of("threads", "steps", "warmup", "form", "device"));
    int threads = arguments.number("threads", 1);
    int warmup = arguments.number("warmup", 3);
    String form = arguments.text("form", "divide");
    Compute compute =
        Compute.of(
            new ComputeConfig(
                arguments.text("device", "cpu"), "float32", Integer.toString(threads)));
    compute.apply();
    UNet2d net = new UNet2d(UNet2dConfig.ddpmCifar10Shaped(128, 32, 10));
    net.initAsTorch(0);
    compute.place(net);
    OptimizerBench bench =
        new OptimizerBench(form.equals("flat") ? flat(net) : net.parameters(), form);
    double[] seconds = Line.timed(warmup, arguments.number("steps", 20), bench::step);
    new Line("optimizer_" + form, threads, warmup, seconds, net.parameterCount())
        .text("device", compute.cuda() ? "cuda" : "cpu")
        .text("dtype", "float32")
        .print();
  }

  /** All parameters as one. */
  private static Map<String, Tensor> flat(UNet2d net) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor any = net.parameters().values().iterator().next();
      Tensor all = torch.randn(net.parameterCount()).to(any.device(), any.scalar_type());
      return Map.of("all", Scope.immortal(all.set_requires_grad(true)));
    }
  }

  private void step() {
    try (Scope scope = Scope.open()) {
      TensorGroup gradients = adam.gradients();
      if (form.equals("multiply")) {
        clip.clip(gradients);
        adam.step(gradients, 1e-4);
      } else {
        adam.step(gradients, 1e-4, clip.divisor(clip.norm(gradients)), null);
      }
      if (form.equals("loop")) {
        averageOneByOne();
      } else {
        ema.update(++steps);
      }
      adam.state().get("step").item_double(); // waits for the device
    }
  }

  private void averageOneByOne() {
    try (NoGradGuard guard = new NoGradGuard()) {
      Map<String, Tensor> averages = new LinkedHashMap<>(ema.weights());
      parameters.forEach((name, p) -> averages.get(name).lerp_(p, share));
    }
  }
}
