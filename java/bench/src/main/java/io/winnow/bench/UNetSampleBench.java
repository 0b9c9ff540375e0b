package io.winnow.bench;

import io.winnow.diffusion.DdimSampler;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.Guided;
import io.winnow.diffusion.Pixels;
import io.winnow.diffusion.SampleListener;
import io.winnow.diffusion.Sampler;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.diffusion.StepNoise;
import io.winnow.model.unet.UNet2d;
import io.winnow.model.unet.UNet2dConfig;
import io.winnow.tensor.Compute;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * A batch of finished images from the class-conditional CIFAR-10 U-Net: DDIM by the FX rule, each
 * call on the conditional and the unconditional half together, to uint8 in host memory; the work of
 * {@code peer_unet_sample.py}.
 */
public final class UNetSampleBench {
  private UNetSampleBench() {}

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
                "ddim-steps",
                "guidance",
                "layout",
                "device",
                "precision"));
    int threads = arguments.number("threads", 1);
    int warmup = arguments.number("warmup", 1);
    int batch = arguments.number("batch", 16);
    int width = arguments.number("width", 128);
    String layout = arguments.text("layout", "nhwc");
    double guidance = Double.parseDouble(arguments.text("guidance", "0.3"));
    Compute compute = UNetTrainBench.compute(arguments, threads, layout);
    compute.apply();
    UNet2d net = new UNet2d(UNet2dConfig.ddpmCifar10Shaped(width, 32, 10));
    net.initAsTorch(arguments.number("seed", 0));
    net.train(false);
    compute.place(net);
    Sampler sampler =
        DdimSampler.fx(ScheduleConfig.paper(), arguments.number("ddim-steps", 100), 0);
    Denoiser guided = new Guided(placed(net, compute), guidance, 10);
    double[] pixelMean = new double[1];
    double[] seconds =
        Line.timed(
            warmup,
            arguments.number("steps", 3),
            () -> pixelMean[0] = batch(sampler, guided, compute, batch),
            UNetTrainBench.clock(arguments));
    int calls = sampler.timesteps().length;
    new Line("unet_sample", threads, warmup, seconds, batch)
        .text("device", compute.cuda() ? "cuda" : "cpu")
        .text("dtype", compute.bf16() ? "bfloat16" : "float32")
        .number("width", width)
        .text("layout", layout)
        .number("ddim_steps", calls)
        .number("guidance", guidance)
        .number("pixel_mean", pixelMean[0])
        .print();
  }

  private static Denoiser placed(UNet2d net, Compute compute) {
    return (xt, t, y) -> {
      try (Compute.Autocast autocast = compute.autocast()) {
        return net.predict(compute.images(xt), t, y);
      }
    };
  }

  private static double batch(Sampler sampler, Denoiser guided, Compute compute, int batch) {
    long[] labels = new long[batch];
    Arrays.setAll(labels, i -> i % 10);
    try (Scope scope = Scope.open()) {
      Tensor y = Tensors.of(labels, batch).to(compute.device(), torch.ScalarType.Long);
      Tensor xT =
          torch
              .randn(new long[] {batch, 3, 32, 32}, new TensorOptions(torch.ScalarType.Float))
              .to(compute.device(), torch.ScalarType.Float);
      Tensor x = sampler.sample(guided, xT, y, StepNoise.none(), SampleListener.none());
      Tensor bytes = Pixels.toUint8Fx(x).cpu(); // [B, 3, 32, 32], uint8
      return bytes.to(torch.ScalarType.Float).mean().item_double();
    }
  }
}
