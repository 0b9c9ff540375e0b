package io.winnow.train;

import io.winnow.tensor.Compute;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Locale;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Sums losses and gradient norms on the device, so that the host reads them only when it reports.
 * Steps without a finite gradient are counted apart; more than 1 % of an epoch's steps end the run.
 */
final class LossMeter {
  private static final double BAD_SHARE = 0.01;

  private final Tensor sums; // loss, norm, skipped steps, [3], float64, on the device
  private long steps;
  private long badInEpoch;

  /** Means since the last reading. */
  record Means(double loss, double gradNorm) {}

  LossMeter(Compute compute) {
    try (Scope scope = Scope.open()) {
      Device device = compute.device();
      sums = Scope.immortal(torch.zeros(3).to(device, torch.ScalarType.Double));
    }
  }

  /** Adds one step; all are [] float32. */
  void add(Tensor loss, Tensor norm, Tensor skipped) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor step = torch.stack(new TensorVector(loss.detach(), norm, skipped));
      DoubleOptional zero = new DoubleOptional(0);
      sums.add_(step.to(torch.ScalarType.Double).nan_to_num(zero, zero, zero));
      steps++;
    }
  }

  /** Reads the means and starts anew; waits for the device. */
  Means read() {
    double[] values = Tensors.doubles(sums);
    long good = steps - (long) values[2];
    badInEpoch += (long) values[2];
    try (Scope scope = Scope.open()) {
      sums.zero_();
    }
    steps = 0;
    return new Means(
        good == 0 ? Double.NaN : values[0] / good, good == 0 ? Double.NaN : values[1] / good);
  }

  /**
   * Ends the run where too many steps of this epoch had no finite gradient.
   *
   * @throws IllegalArgumentException saying how many
   */
  void refuseDivergence(int epoch, int stepsPerEpoch) {
    long bad = badInEpoch + (long) Tensors.doubles(sums)[2];
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

  /** A new epoch begins. */
  void beginEpoch() {
    badInEpoch = -(long) Tensors.doubles(sums)[2];
  }

  /** Sums and counts, for a checkpoint. */
  double[] state() {
    double[] values = Tensors.doubles(sums);
    return new double[] {values[0], values[1], values[2], steps, badInEpoch};
  }

  void restore(double[] state) {
    try (Scope scope = Scope.open()) {
      sums.copy_(Tensors.of(new double[] {state[0], state[1], state[2]}, 3));
    }
    steps = (long) state[3];
    badInEpoch = (long) state[4];
  }
}
