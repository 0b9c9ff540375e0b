package io.winnow.reweight;

import io.winnow.artifact.ClassWeights.Trajectory;
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
 * {@link Mixture} for losses that lie on a device: the same arithmetic, float64, as operations on
 * tensors there, so that a step reads nothing back. Where the host branches, both outcomes are
 * computed and one is chosen; sums over a batch run in another order. The two mixtures agree to
 * 1e-12 (DeviceMixtureTest). What checkpoints, epochs and results need is read by {@link #state}.
 */
final class DeviceMixture {
  private static final double SMALLEST_FREEDOM = 1e-9;
  private static final Scalar ZERO = Tensors.constant(0);
  private static final Scalar ONE = Tensors.constant(1);

  private final ReweightConfig config;
  private final Groups groups;
  private final Device device;
  private final Mixture.Length length;
  private final int classes;
  private final Tensor classIndex; // 0 .. K-1, [K], int64
  private final Tensor frequency; // [K]
  private final DeviceState now;
  private final StepSums sums;
  private final List<Pending> pending = new ArrayList<>();
  private final List<Trajectory.Row> points;
  private long step;

  /** A point of the trajectory that was not read yet: eta, MAD / SE and the mixture, [2 + K]. */
  private record Pending(long step, Tensor values) {}

  /** What one optimiser step has shown so far, on the device. */
  private record StepSums(
      Tensor margins, Tensor counts, Tensor clipped, Tensor proxy, Tensor reference) {}

  DeviceMixture(
      ReweightConfig config,
      Groups groups,
      Mixture.Length length,
      Mixture.State start,
      FiniteLosses.State losses,
      Device device) {
    this.config = config;
    this.groups = groups;
    this.length = length;
    this.device = Scope.immortal(device);
    this.classes = groups.size();
    this.points = new ArrayList<>(start.points());
    this.step = start.step();
    this.now = new DeviceState(start, losses, device);
    this.sums =
        new StepSums(
            now.zeros(classes), now.zeros(classes), now.zeros(classes), now.zeros(1), now.zeros(1));
    try (Scope scope = Scope.open()) {
      long[] index = new long[classes];
      Arrays.setAll(index, c -> c);
      this.classIndex = Scope.immortal(Tensors.sent(Tensors.of(index, classes), device));
      this.frequency =
          Scope.immortal(Tensors.sent(Tensors.of(groups.frequency(), classes), device));
    }
  }

  /**
   * Adds the losses of one micro-batch.
   *
   * @param active class of each sample among the non-empty ones, [b]
   * @param proxyLoss [b], on the device, as {@code referenceLoss}
   */
  void watch(int[] active, Tensor proxyLoss, Tensor referenceLoss) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor proxy = proxyLoss.to(torch.ScalarType.Double);
      Tensor reference = referenceLoss.to(torch.ScalarType.Double);
      Tensor margin = proxy.sub(reference); // [b]
      Tensor fine = margin.isfinite();
      Tensor none = torch.zeros_like(margin);
      margin = torch.where(fine, margin, none);
      Tensor counted = inClass(active).logical_and(fine.unsqueeze(1)); // [b, K]
      Tensor share = counted.to(torch.ScalarType.Double);
      Tensor cut = config.clip() == Clip.SAMPLE ? margin.clamp_min(ZERO) : margin;
      sums.margins().add_(share.mul(cut.unsqueeze(1)).sum(0));
      sums.counts().add_(share.sum(0));
      sums.clipped().add_(share.mul(number(margin.le(ZERO)).unsqueeze(1)).sum(0));
      sums.proxy().add_(torch.where(fine, proxy, none).sum());
      sums.reference().add_(torch.where(fine, reference, none).sum());
      Tensor broken = number(fine.logical_not()).sum().view(1);
      Tensor seen = torch.full_like(broken, new Scalar(active.length));
      now.losses.add_(torch.cat(new TensorVector(seen, broken, broken)));
    }
  }

  /** Whether a sample is of a class, [b, K]; sums over it have a fixed order, unlike a scatter. */
  private Tensor inClass(int[] active) {
    return Tensors.sent(Tensors.ofInts(active), device).unsqueeze(1).eq(classIndex);
  }

  /** Ends one optimiser step with what was watched. */
  void update() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor present = sums.counts().gt(ZERO); // [K]
      Tensor mean = sums.margins().div(sums.counts());
      Tensor signals = config.clip() == Clip.CLASS ? mean.clamp_min(ZERO) : mean; // NaN: absent
      signals = torch.where(present, signals, torch.zeros_like(signals));
      Tensor count = sums.counts().sum().view(1);
      Tensor share = count.div(new Scalar(length.batch())).clamp_max(ONE); // [1]
      Tensor counts = warm();
      begin(counts);
      addSignals(signals, present, share);
      Tensor eta = config.etaIsAuto() ? aimed(spread().maximum(noise())) : now.eta;
      now.eta.copy_(torch.where(counts, eta, now.eta));
      lambda(signals, present, counts);
      move(present, counts, share);
      countClipped(counts);
      step++;
      record(count);
      for (Tensor sum : List.of(sums.margins(), sums.counts(), sums.clipped())) {
        sum.zero_();
      }
      sums.proxy().zero_();
      sums.reference().zero_();
    }
  }

  /** {@link WarmUp#over}, [1], bool. */
  private Tensor warm() {
    Scalar decay = new Scalar(WarmUp.DECAY);
    now.proxy.mul_(decay).add_(sums.proxy());
    now.reference.mul_(decay).add_(sums.reference());
    if (step >= length.warmUp()) {
      Tensor close = now.proxy.lt(now.reference.mul(new Scalar(WarmUp.CLOSE)));
      now.over.copy_(
          config.warmupSteps() != null
              ? torch.ones_like(now.over)
              : now.over.maximum(number(close)));
    }
    return now.over.gt(ZERO);
  }

  /** At the first update that counts: the step size of the warm-up, and statistics anew. */
  private void begin(Tensor counts) {
    Tensor first = counts.logical_and(now.steps.eq(ZERO)); // [1]
    Tensor eta =
        config.etaIsNumber()
            ? torch.full_like(now.eta, new Scalar(config.etaValue()))
            : aimed(spread());
    now.eta.copy_(torch.where(first, eta, now.eta));
    now.statistics.mul_(number(first.logical_not()));
  }

  /** {@link SignalStatistics#add}. */
  private void addSignals(Tensor signals, Tensor present, Tensor share) {
    double decay = SignalStatistics.decay(config.smoothing());
    Tensor mean = now.row(DeviceState.MEAN);
    Tensor squares = now.row(DeviceState.SQUARES).mul_(new Scalar(decay));
    Tensor weight = now.row(DeviceState.WEIGHT).mul_(new Scalar(decay));
    Tensor count = now.row(DeviceState.COUNT).mul_(new Scalar(decay));
    Tensor weightSquares = now.row(DeviceState.WEIGHT_SQUARES).mul_(new Scalar(decay * decay));
    Tensor added = number(present).mul(share); // [K]
    Tensor before = signals.sub(mean);
    weight.add_(added);
    count.add_(number(present));
    weightSquares.add_(added);
    mean.add_(where(present, before.mul(share).div(weight)));
    squares.add_(where(present, before.mul(share).mul(signals.sub(mean))));
  }

  /** D - Q / W, [K]; 0 for a class without two signals. */
  private Tensor freedom() {
    Tensor weight = now.row(DeviceState.WEIGHT);
    Tensor count = now.row(DeviceState.COUNT);
    Tensor freedom = count.sub(now.row(DeviceState.WEIGHT_SQUARES).div(weight));
    Tensor enough =
        weight.gt(ZERO).logical_and(freedom.gt(count.mul(new Scalar(SMALLEST_FREEDOM))));
    return where(enough, freedom);
  }

  /** {@link SignalStatistics#spread}, [1]. */
  private Tensor spread() {
    Tensor known = freedom().gt(ZERO);
    Tensor size = number(known).sum().view(1);
    Tensor mean = now.row(DeviceState.MEAN);
    Tensor middle = where(known, mean.div(size)).sum();
    Tensor deviation = where(known, mean.sub(middle).abs().div(size)).sum().view(1);
    return where(size.ge(new Scalar(2.0)), deviation);
  }

  /** {@link SignalStatistics#standardError}, [1]. */
  private Tensor standardError() {
    Tensor freedom = freedom();
    Tensor known = freedom.gt(ZERO);
    Tensor size = number(known).sum();
    Tensor weight = now.row(DeviceState.WEIGHT);
    Tensor variance = now.row(DeviceState.SQUARES).div(freedom);
    Tensor of = variance.mul(now.row(DeviceState.WEIGHT_SQUARES)).div(weight.square()).div(size);
    return where(known, of).sum().sqrt().view(1);
  }

  private Tensor noise() {
    return standardError().mul(new Scalar(Mixture.NOISE));
  }

  /** The step size whose strength is kappa at a spread; 0 where there is none, [1]. */
  private Tensor aimed(Tensor spread) {
    Scalar wanted = new Scalar(config.kappa() * config.smoothing());
    return where(spread.gt(ZERO), spread.reciprocal().mul(wanted));
  }

  private void lambda(Tensor signals, Tensor present, Tensor counts) {
    Tensor lambda = now.row(DeviceState.LAMBDA);
    Tensor seen = now.row(DeviceState.SEEN);
    Tensor next = signals;
    if (config.absent() == Absent.EMA) {
      Tensor near = lambda.add(signals.sub(lambda).mul(new Scalar(DoremiUpdate.EMA_SHARE)));
      next = torch.where(seen.gt(ZERO).logical_and(counts), near, signals);
    }
    lambda.copy_(torch.where(present, next, lambda));
    seen.copy_(seen.maximum(number(present)));
  }

  /** {@link DoremiUpdate#update} but for lambda. */
  private void move(Tensor present, Tensor counts, Tensor share) {
    Tensor alpha = now.row(DeviceState.ALPHA);
    Tensor moved = config.absent() == Absent.SKIP ? present : torch.ones_like(present);
    Tensor drift = now.row(DeviceState.LAMBDA).mul(now.eta.mul(share));
    drift = config.absent() == Absent.ZERO ? where(present, drift) : drift;
    Tensor logits = alpha.log().add(drift);
    Tensor lowest = torch.full_like(logits, new Scalar(Double.NEGATIVE_INFINITY));
    logits = torch.where(moved, logits, lowest);
    Tensor parts = where(moved, logits.sub(logits.max()).exp());
    Tensor size = number(moved).sum();
    Tensor mass = where(moved, alpha).sum();
    Tensor total = torch.where(size.eq(new Scalar(classes)), torch.ones_like(mass), mass);
    Tensor uniform = share.mul(new Scalar(config.smoothing())); // [1]
    Tensor mixed =
        uniform.neg().add(ONE).mul(parts.div(parts.sum())).add(uniform.div(size)).mul(total);
    Tensor next = torch.where(moved, mixed, alpha);
    Tensor sum = next.sum();
    Tensor off = sum.sub(ONE).abs().ge(new Scalar(DoremiUpdate.NORMALISED));
    next = torch.where(off, next.div(sum), next);
    alpha.copy_(torch.where(counts, next, alpha));
    now.row(DeviceState.ALPHA_SUM).add_(where(counts, alpha));
    now.steps.add_(number(counts));
  }

  /** {@link ClippedMargins#add}. */
  private void countClipped(Tensor counts) {
    Tensor all = where(counts, sums.counts());
    Tensor cut = where(counts, sums.clipped());
    now.row(DeviceState.MARGINS).add_(all);
    now.row(DeviceState.CLIPPED).add_(cut);
    Tensor before = now.steps.sub(ONE).clamp_min(ZERO); // [1]
    Tensor left = before.add(new Scalar((double) (length.updates() - step)));
    Tensor progress = before.div(left.maximum(now.steps).clamp_min(ONE));
    Tensor quarter = progress.mul(new Scalar(ClippedMargins.QUARTERS)).floor();
    Tensor here = number(quarter.eq(now.quarterIndex)); // [4]
    now.quarterMargins.add_(here.mul(all.sum()));
    now.quarterClipped.add_(here.mul(cut.sum()));
  }

  /** Adds to the epoch's sums, and a point where one is due. */
  private void record(Tensor count) {
    Tensor spread = spread();
    Tensor error = standardError();
    Tensor strength = now.eta.mul(spread).div(new Scalar(config.smoothing()));
    TensorVector parts =
        new TensorVector(torch.ones_like(count), now.eta, spread, error, strength, count);
    parts.push_back(sums.clipped().sum().view(1));
    now.epoch.add_(torch.cat(parts));
    if (step % config.trajectoryEvery() == 0) {
      Tensor ratio = where(spread.gt(ZERO), spread.div(error));
      Tensor values = torch.cat(new TensorVector(now.eta, ratio, now.row(DeviceState.ALPHA)));
      pending.add(new Pending(step, Scope.immortal(values)));
    }
  }

  /** {@link LossForm#coefficients} of the mixture as it is, [B], float64, on the device. */
  Tensor coefficients(int[] active) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor at = Tensors.sent(Tensors.ofInts(active), device); // [B]
      Tensor alpha = now.row(DeviceState.ALPHA);
      if (config.loss() == LossForm.GROUP) {
        Tensor inBatch = number(inClass(active)).sum(0); // [K]
        return scope.keep(alpha.div(inBatch).gather(0, at));
      }
      Tensor ratio = alpha.div(frequency).gather(0, at);
      return scope.keep(
          config.loss() == LossForm.NORMALIZED
              ? ratio.div(ratio.sum())
              : ratio.div(new Scalar((double) active.length)));
    }
  }

  /** Everything that steps changed; waits for the device. */
  DeviceState.Read state() {
    TensorVector late = new TensorVector();
    pending.forEach(point -> late.push_back(point.values()));
    try (late) {
      DeviceState.Values values = now.read(late);
      for (Pending point : pending) {
        double eta = values.next();
        double ratio = values.next();
        double[] weights = groups.weights(values.next(classes));
        points.add(new Trajectory.Row(point.step(), eta, ratio, weights));
        point.values().close();
      }
      pending.clear();
      return values.state(List.copyOf(points), step);
    }
  }

  /** A new epoch begins. */
  void beginEpoch() {
    try (Scope scope = Scope.open()) {
      now.epoch.zero_();
      now.losses.narrow(0, 0, 2).zero_();
    }
  }

  private static Tensor number(Tensor flag) {
    return flag.to(torch.ScalarType.Double);
  }

  /** Values where they count, else 0, whatever stands there. */
  private static Tensor where(Tensor flag, Tensor values) {
    return torch.where(flag, values, torch.zeros_like(values));
  }
}
