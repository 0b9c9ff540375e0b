package io.winnow.train;

import io.winnow.tensor.Compute;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Sums losses and gradient norms on the device, so that the host reads them only when it reports or
 * writes a checkpoint. Steps without a finite gradient are counted apart; more than 1 % of an
 * epoch's steps end the run, at the first reading after them.
 */
final class LossMeter implements AutoCloseable {
  private static final double BAD_SHARE = 0.01;

  /** Places in the sums: what a report is of, and the skipped steps of the epoch at hand. */
  private static final int REPORTED = 3;

  private static final int IN_EPOCH = 3;

  // loss, norm and skipped steps since the report; skipped steps of the epoch; [4], float64
  private final Tensor sums; // on the device
  private final List<Ended> ended = new ArrayList<>();
  private long steps;

  /** Means since the last reading. */
  record Means(double loss, double gradNorm) {}

  /** An epoch that is over but not yet read: {@code skipped} steps, [1], on the device. */
  private record Ended(int epoch, int steps, Tensor skipped) {}

  LossMeter(Compute compute) {
    try (Scope scope = Scope.open()) {
      Device device = compute.device();
      sums = Scope.immortal(torch.zeros(4).to(device, torch.ScalarType.Double));
    }
  }

  /** Adds one step; all are [] float32. */
  void add(Tensor loss, Tensor norm, Tensor skipped) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor step = torch.stack(new TensorVector(loss.detach(), norm, skipped, skipped));
      DoubleOptional zero = new DoubleOptional(0);
      sums.add_(step.to(torch.ScalarType.Double).nan_to_num(zero, zero, zero));
      steps++;
    }
  }

  /**
   * Reads the means and starts anew; waits for the device.
   *
   * @param epoch at hand, and how many steps it has
   * @throws IllegalArgumentException where too many steps of it, or of one that ended since the
   *     last reading, had no finite gradient
   */
  Means read(int epoch, int stepsPerEpoch) {
    double[] values = values();
    refuseDivergence((long) values[IN_EPOCH], epoch, stepsPerEpoch);
    long good = steps - (long) values[2];
    try (Scope scope = Scope.open()) {
      sums.narrow(0, 0, REPORTED).zero_();
    }
    steps = 0;
    return new Means(
        good == 0 ? Double.NaN : values[0] / good, good == 0 ? Double.NaN : values[1] / good);
  }

  /** An epoch is over; how many of its steps were skipped is looked at when something is read. */
  void endEpoch(int epoch, int stepsPerEpoch) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor inEpoch = sums.narrow(0, IN_EPOCH, 1);
      ended.add(new Ended(epoch, stepsPerEpoch, Scope.immortal(inEpoch.clone())));
      inEpoch.zero_();
    }
  }

  /** The sums; epochs that ended are held to their share of skipped steps on the way. */
  private double[] values() {
    double[] values;
    try (Scope scope = Scope.open()) {
      TensorVector parts = new TensorVector(sums);
      ended.forEach(one -> parts.push_back(one.skipped()));
      values = Tensors.doubles(torch.cat(parts));
    }
    List<Ended> looked = List.copyOf(ended);
    ended.forEach(one -> one.skipped().close());
    ended.clear();
    for (int i = 0; i < looked.size(); i++) {
      Ended one = looked.get(i);
      refuseDivergence((long) values[IN_EPOCH + 1 + i], one.epoch(), one.steps());
    }
    return values;
  }

  private static void refuseDivergence(long bad, int epoch, int stepsPerEpoch) {
    if (bad > BAD_SHARE * stepsPerEpoch) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "train: %d of %d steps of epoch %d had a loss or gradient that is not finite; at most"
                  + " 1 %% may. Lower train.learningRate, or set compute.precision to float32.",
              bad,
              stepsPerEpoch,
              epoch));
    }
  }

  /**
   * Sums and counts, for a checkpoint: loss, norm and skipped steps since the report, its steps,
   * and how many more steps of the epoch were skipped before.
   *
   * @throws IllegalArgumentException as {@link #read} for epochs that ended
   */
  double[] state() {
    double[] values = values();
    return new double[] {values[0], values[1], values[2], steps, values[IN_EPOCH] - values[2]};
  }

  @Override
  public void close() {
    sums.close();
    ended.forEach(one -> one.skipped().close());
  }

  void restore(double[] state) {
    try (Scope scope = Scope.open()) {
      double inEpoch = state[4] + state[2];
      sums.copy_(Tensors.of(new double[] {state[0], state[1], state[2], inEpoch}, 4));
    }
    steps = (long) state[3];
  }
}
