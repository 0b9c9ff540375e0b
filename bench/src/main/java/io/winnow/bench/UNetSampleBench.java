package io.winnow.bench;

import io.winnow.diffusion.Condition;
import io.winnow.diffusion.DdimSampler;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.Guided;
import io.winnow.diffusion.Pixels;
import io.winnow.diffusion.ReplayedDenoiser;
import io.winnow.diffusion.SampleListener;
import io.winnow.diffusion.Sampler;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.diffusion.StepNoise;
import io.winnow.model.unet.UNet2d;
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
    UNetSetting setting =
        new UNetSetting(args, Set.of("ddim-steps", "guidance"), new UNetSetting.Defaults(16, 1, 3));
    double guidance = setting.arguments().real("guidance", 0.3);
    int ddimSteps = setting.arguments().number("ddim-steps", 100);
    Compute compute = setting.compute();
    UNet2d net = setting.network(0);
    net.train(false);
    Sampler sampler = DdimSampler.fx(SchedulerConfig.ddpm(ScheduleConfig.paper()), ddimSteps, 0);
    double[] pixelMean = new double[1];
    String[] graphs = {compute.recorder() == null ? "off" : "replayed"};
    try (ReplayedDenoiser replayed =
        new ReplayedDenoiser(
            placed(net, compute), compute.recorder(), why -> graphs[0] = "refused: " + why)) {
      Denoiser guided = new Guided(replayed, guidance, UNetSetting.CLASSES);
      setting
          .time(
              "unet_sample", () -> pixelMean[0] = batch(sampler, guided, compute, setting.batch()))
          .number("ddim_steps", sampler.timesteps().length)
          .number("guidance", guidance)
          .number("pixel_mean", pixelMean[0])
          .text("graphs", graphs[0].replace('"', '\''))
          .print();
    }
  }

  private static Denoiser placed(UNet2d net, Compute compute) {
    return (xt, t, condition) -> {
      try (Compute.Autocast autocast = compute.autocast()) {
        return net.predict(compute.images(xt), t, condition);
      }
    };
  }

  private static double batch(Sampler sampler, Denoiser guided, Compute compute, int batch) {
    long[] labels = new long[batch];
    Arrays.setAll(labels, i -> i % UNetSetting.CLASSES);
    try (Scope scope = Scope.open()) {
      Tensor y = compute.sent(Tensors.of(labels, batch));
      Condition condition = Condition.ofClasses(y);
      Tensor xT =
          compute.sent(
              torch.randn(
                  new long[] {batch, 3, UNetSetting.SIDE, UNetSetting.SIDE},
                  new TensorOptions(torch.ScalarType.Float)));
      Tensor x = sampler.sample(guided, xT, condition, StepNoise.none(), SampleListener.none());
      Tensor bytes = Pixels.toUint8Fx(x).cpu(); // [B, 3, 32, 32], uint8
      return bytes.to(torch.ScalarType.Float).mean().item_double();
    }
  }
}
