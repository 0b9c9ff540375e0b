package io.winnow.reweight;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The multiplicative rule of {@link GroupDroUpdate} for losses that lie on a device: float64, as
 * operations there, so that a step reads nothing back; it agrees with the host's to 1e-12.
 */
final class DeviceGroupDro {
  private static final Scalar ZERO = Tensors.constant(0);
  private static final Scalar ONE = Tensors.constant(1);

  private final GroupDroUpdate.Settings settings;
  private final Device device;
  private final int classes;
  private final int batch;
  private final Tensor adjustment; // of each class's loss, [K]
  private final Tensor classIndex; // 0 .. K-1, [K]
  private final Tensor sums; // losses of the step, [K]
  private final Tensor counts; // its samples, [K]
  private final Tensor probabilities; // [K]
  private final Tensor averageLoss; // first loss of each class, [K]
  private final Tensor averaged; // [K]
  private final Tensor alphaSum; // [K]
  private final Tensor counted; // [1]
  private final Tensor losses; // FiniteLosses.State in order, [3]
  private final List<Tensor> pending = new ArrayList<>(); // mixtures of points, [K] each

  /**
   * What was read.
   *
   * @param points mixtures that {@link #point} remembered since the last reading, [K] each
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  record Read(
      GroupDroUpdate.State rule,
      FiniteLosses.State losses,
      double[] alphaSum,
      long counted,
      List<double[]> points) {}

  /**
   * @param adjustment of each class's loss, [K]; zeros for none
   * @param start what to go on from, without points
   */
  DeviceGroupDro(
      GroupDroUpdate.Settings settings, double[] adjustment, int batch, Read start, Device device) {
    this.settings = settings;
    this.device = Scope.immortal(device);
    this.batch = batch;
    this.classes = adjustment.length;
    this.adjustment = there(adjustment);
    double[] index = new double[classes];
    Arrays.setAll(index, c -> c);
    this.classIndex = there(index);
    this.sums = there(new double[classes]);
    this.counts = there(new double[classes]);
    this.probabilities = there(start.rule().probabilities());
    this.averageLoss = there(start.rule().averageLoss());
    double[] known = new double[classes];
    Arrays.setAll(known, c -> start.rule().averaged()[c] ? 1 : 0);
    this.averaged = there(known);
    this.alphaSum = there(start.alphaSum());
    this.counted = there((double) start.counted());
    FiniteLosses.State seen = start.losses();
    this.losses =
        there((double) seen.epochSeen(), (double) seen.epochBroken(), (double) seen.allBroken());
  }

  private Tensor there(double... values) {
    try (Scope scope = Scope.open()) {
      Tensor host = Tensors.of(values, values.length);
      return Scope.immortal(host.to(device, torch.ScalarType.Double));
    }
  }

  /** Adds the losses of one micro-batch: class of each sample and its loss, [b]. */
  void watch(int[] active, Tensor perSample) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor loss = perSample.to(torch.ScalarType.Double);
      Tensor fine = loss.isfinite();
      Tensor share = number(inClass(active).logical_and(fine.unsqueeze(1))); // [b, K]
      Tensor known = torch.where(fine, loss, torch.zeros_like(loss));
      sums.add_(share.mul(known.unsqueeze(1)).sum(0));
      counts.add_(share.sum(0));
      Tensor broken = number(fine.logical_not()).sum().view(1);
      Tensor seen = torch.full_like(broken, new Scalar((double) active.length));
      losses.add_(torch.cat(new TensorVector(seen, broken, broken)));
    }
  }

  private Tensor inClass(int[] active) {
    return Tensors.sent(Tensors.ofInts(active), device).unsqueeze(1).eq(classIndex); // [b, K]
  }

  /** Ends one optimiser step; {@code moves} is whether the warm-up is over. */
  void update(boolean moves) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      if (moves) {
        move();
      }
      sums.zero_();
      counts.zero_();
    }
  }

  private void move() {
    Tensor share = counts.sum().view(1).div(new Scalar((double) batch)).clamp_max(ONE); // [1]
    Tensor on = share.gt(ZERO); // [1]
    Tensor present = counts.gt(ZERO); // [K]
    Tensor mean = torch.where(present, sums.div(counts), torch.zeros_like(sums));
    Tensor first = averaged.eq(ZERO).logical_and(on);
    averageLoss.copy_(torch.where(first, mean, averageLoss));
    averaged.copy_(averaged.maximum(number(present)));
    Tensor loss = mean.add(adjustment);
    Tensor step = share.mul(new Scalar(settings.stepSize()));
    Tensor scaled = settings.normalizeLoss() ? loss.div(loss.sum()) : loss;
    Tensor grown = probabilities.mul(scaled.mul(step).exp());
    probabilities.copy_(torch.where(on, grown.div(grown.sum()), probabilities));
    alphaSum.add_(probabilities.mul(number(on)));
    counted.add_(number(on));
  }

  /** Remembers the mixture for the trajectory. */
  void point() {
    pending.add(Scope.immortal(probabilities.clone()));
  }

  /** {@link LossForm#GROUP} of the mixture as it is, [B], float64, on the device. */
  Tensor coefficients(int[] active) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor inBatch = number(inClass(active)).sum(0); // [K]
      Tensor at = Tensors.sent(Tensors.ofInts(active), device); // [B]
      return scope.keep(probabilities.div(inBatch).gather(0, at));
    }
  }

  /** Everything that steps changed; waits for the device. */
  Read state() {
    double[] all;
    try (Scope scope = Scope.open()) {
      TensorVector parts =
          new TensorVector(probabilities, averageLoss, averaged, alphaSum, counted, losses);
      pending.forEach(parts::push_back);
      all = Tensors.doubles(torch.cat(parts));
    }
    List<double[]> points = new ArrayList<>();
    int behind = 4 * classes + 4;
    for (int i = 0; i < pending.size(); i++) {
      points.add(Arrays.copyOfRange(all, behind + i * classes, behind + (i + 1) * classes));
    }
    pending.forEach(Tensor::close);
    pending.clear();
    boolean[] known = new boolean[classes];
    for (int c = 0; c < classes; c++) {
      known[c] = all[2 * classes + c] > 0;
    }
    int k = classes;
    return new Read(
        new GroupDroUpdate.State(Arrays.copyOf(all, k), Arrays.copyOfRange(all, k, 2 * k), known),
        new FiniteLosses.State((long) all[4 * k + 1], (long) all[4 * k + 2], (long) all[4 * k + 3]),
        Arrays.copyOfRange(all, 3 * k, 4 * k),
        (long) all[4 * k],
        points);
  }

  /** A new epoch begins. */
  void beginEpoch() {
    try (Scope scope = Scope.open()) {
      losses.narrow(0, 0, 2).zero_();
    }
  }

  private static Tensor number(Tensor flag) {
    return flag.to(torch.ScalarType.Double);
  }
}
