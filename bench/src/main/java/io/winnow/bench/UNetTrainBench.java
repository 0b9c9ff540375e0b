package io.winnow.bench;

import io.winnow.diffusion.Condition;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Noised;
import io.winnow.diffusion.Objective;
import io.winnow.diffusion.Pixels;
import io.winnow.diffusion.Prediction;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.model.unet.UNet2d;
import io.winnow.optim.Adam;
import io.winnow.optim.AdamConfig;
import io.winnow.optim.Ema;
import io.winnow.optim.EmaRule;
import io.winnow.optim.GradientClip;
import io.winnow.tensor.Compute;
import io.winnow.tensor.Scope;
import io.winnow.tensor.TensorGroup;
import java.util.Set;
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
  private final Objective objective = Objective.eps(new NoiseSchedule(ScheduleConfig.paper()));
  private final GradientClip clip = new GradientClip(1);
  private final Adam adam;
  private final Ema ema;
  private final Tensor pool; // [1024, 3, 32, 32], uint8
  private final Tensor labels; // [1024], int64
  private final int batch;
  private long steps;
  private double lastLoss;

  private UNetTrainBench(UNetSetting setting) {
    compute = setting.compute();
    batch = setting.batch();
    net = setting.network(setting.arguments().real("dropout", 0.1));
    adam = Adam.coupled(net.parameters(), AdamConfig.DEFAULT);
    ema = new Ema(net.parameters(), EmaRule.RAMP, 0.9999);
    pool =
        there(integers(256, POOL, 3, UNetSetting.SIDE, UNetSetting.SIDE).to(torch.ScalarType.Byte));
    labels = there(integers(UNetSetting.CLASSES, POOL));
  }

  private Tensor there(Tensor host) {
    return Scope.immortal(compute.sent(host));
  }

  public static void main(String[] args) {
    UNetSetting setting =
        new UNetSetting(args, Set.of("dropout", "work"), new UNetSetting.Defaults(8, 2, 5));
    UNetTrainBench bench = new UNetTrainBench(setting);
    boolean forwardOnly = setting.arguments().text("work", "train").equals("forward");
    Line line =
        forwardOnly
            ? setting.time("unet_forward", bench::forwardStep)
            : setting.time("unet_train", bench::trainStep);
    line.number("parameters", (double) bench.net.parameterCount())
        .number("loss_last", bench.lastLoss)
        .print();
  }

  private void trainStep() {
    try (Scope scope = Scope.open()) {
      Noised noisy = noisy();
      Tensor loss = objective.loss(predict(noisy), noisy).mean();
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
      lastLoss = predict(noisy()).value().mean().item_double();
    }
  }

  private Prediction predict(Noised noisy) {
    try (Compute.Autocast autocast = compute.autocast()) {
      return noisy.ask(net);
    }
  }

  private Noised noisy() {
    Tensor pick = compute.sent(integers(POOL, batch)); // [B]
    Tensor x0 = Pixels.fromUint8(pool.index_select(0, pick));
    Tensor flip = compute.sent(uniform()).lt(new Scalar(0.5)).view(-1, 1, 1, 1); // [B, 1, 1, 1]
    x0 = torch.where(flip, x0.flip(3), x0);
    Condition condition =
        Condition.ofClasses(labels.index_select(0, pick))
            .dropped(compute.sent(uniform()), 0.1, UNetSetting.CLASSES);
    Tensor t = compute.sent(integers(1000, batch));
    Tensor eps = torch.randn_like(x0);
    Noised noised = objective.noised(x0, condition, new Objective.Draw(t, eps));
    Tensor xt = compute.images(noised.xt());
    return new Noised(x0, xt, t, condition, eps);
  }

  private Tensor uniform() {
    return torch.rand(new long[] {batch}, new TensorOptions(torch.ScalarType.Float));
  }

  private static Tensor integers(long below, long... shape) {
    return torch.randint(below, shape, new TensorOptions(torch.ScalarType.Long));
  }
}
