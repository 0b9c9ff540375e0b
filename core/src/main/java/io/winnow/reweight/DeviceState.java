package io.winnow.reweight;

import io.winnow.artifact.ClassWeights.Trajectory;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The numbers of a {@link DeviceMixture}, float64, and their way from and to the host's records.
 */
final class DeviceState {
  static final int ALPHA = 0;
  static final int ALPHA_SUM = 1;
  static final int LAMBDA = 2;
  static final int SEEN = 3;
  static final int MARGINS = 4;
  static final int CLIPPED = 5;
  static final int MEAN = 6;
  static final int SQUARES = 7;
  static final int WEIGHT = 8;
  static final int COUNT = 9;
  static final int WEIGHT_SQUARES = 10;
  private static final int ROWS = 11;

  private final Device device;
  private final int classes;
  private final Tensor byClass; // [ROWS, K]
  final Tensor statistics; // the rows from MEAN on
  final Tensor quarterMargins; // [4]
  final Tensor quarterClipped; // [4]
  final Tensor quarterIndex; // 0 .. 3, [4]
  final Tensor epoch; // Mixture.EpochSums in order, [7]
  final Tensor losses; // FiniteLosses.State in order, [3]
  final Tensor proxy; // [1], as those below
  final Tensor reference;
  final Tensor over;
  final Tensor eta;
  final Tensor steps; // updates that counted
  private final Tensor[] rows = new Tensor[ROWS];

  /** What was read. */
  record Read(Mixture.State mixture, FiniteLosses.State losses) {}

  DeviceState(Mixture.State start, FiniteLosses.State seen, Device device) {
    this.device = Scope.immortal(device);
    ClippedMargins.State cut = start.clipped();
    classes = start.rule().alpha().length;
    byClass = there(byClass(start));
    try (Scope scope = Scope.open()) {
      Tensor table = byClass.view(ROWS, classes);
      for (int row = 0; row < ROWS; row++) {
        rows[row] = Scope.immortal(table.select(0, row));
      }
      statistics = Scope.immortal(table.narrow(0, MEAN, ROWS - MEAN));
    }
    quarterMargins = there(numbers(cut.quarterMargins()));
    quarterClipped = there(numbers(cut.quarterClipped()));
    quarterIndex = there(0, 1, 2, 3);
    epoch = there(numbers(start.epoch()));
    losses =
        there((double) seen.epochSeen(), (double) seen.epochBroken(), (double) seen.allBroken());
    proxy = there(start.warmUp().proxy());
    reference = there(start.warmUp().reference());
    over = there(start.warmUp().over() ? 1 : 0);
    eta = there(start.eta());
    steps = there((double) start.rule().steps());
  }

  /** The rows, one after the other, [ROWS * K]. */
  private static double[] byClass(Mixture.State start) {
    DoremiUpdate.State rule = start.rule();
    SignalStatistics.State signals = start.statistics();
    ClippedMargins.State cut = start.clipped();
    double[][] values = {
      rule.alpha(),
      rule.alphaSum(),
      rule.lambda(),
      numbers(rule.seen()),
      numbers(cut.margins()),
      numbers(cut.clipped()),
      signals.mean(),
      signals.squares(),
      signals.weight(),
      signals.count(),
      signals.weightSquares()
    };
    return Arrays.stream(values).flatMapToDouble(Arrays::stream).toArray();
  }

  private static double[] numbers(Mixture.EpochSums e) {
    return new double[] {
      (double) e.updates(),
      e.eta(),
      e.spread(),
      e.standardError(),
      e.strength(),
      (double) e.margins(),
      (double) e.clipped()
    };
  }

  /** One number per class, [K]: a view. */
  Tensor row(int index) {
    return rows[index];
  }

  Tensor zeros(int size) {
    return there(new double[size]);
  }

  private Tensor there(double... values) {
    try (Scope scope = Scope.open()) {
      Tensor host = Tensors.of(values, values.length);
      return Scope.immortal(host.to(device, torch.ScalarType.Double));
    }
  }

  /** Everything, and more tensors behind it, in one reading. */
  Values read(TensorVector more) {
    try (Scope scope = Scope.open()) {
      TensorVector all = new TensorVector(byClass, quarterMargins, quarterClipped, epoch, losses);
      for (Tensor one : List.of(proxy, reference, over, eta, steps)) {
        all.push_back(one);
      }
      for (long i = 0; i < more.size(); i++) {
        all.push_back(more.get(i));
      }
      return new Values(Tensors.doubles(torch.cat(all)), classes);
    }
  }

  /** Numbers in the order in which {@link #read} puts them. */
  static final class Values {
    private final double[] all;
    private final int classes;
    private final int own;
    private int next;

    private Values(double[] all, int classes) {
      this.all = all;
      this.classes = classes;
      this.own = ROWS * classes + 2 * ClippedMargins.QUARTERS + 7 + 3 + 5;
      this.next = own;
    }

    /** The next number behind the state's own. */
    double next() {
      return all[next++];
    }

    double[] next(int count) {
      next += count;
      return Arrays.copyOfRange(all, next - count, next);
    }

    Read state(List<Trajectory.Row> points, long step) {
      next = 0;
      double[][] rows = new double[ROWS][];
      Arrays.setAll(rows, row -> next(classes));
      long[] quarterMargins = whole(next(ClippedMargins.QUARTERS));
      long[] quarterClipped = whole(next(ClippedMargins.QUARTERS));
      double[] e = next(7);
      long[] losses = whole(next(3));
      WarmUp.State warmUp = new WarmUp.State(next(), next(), next() > 0);
      double eta = next();
      boolean[] seen = new boolean[classes];
      for (int c = 0; c < classes; c++) {
        seen[c] = rows[SEEN][c] > 0;
      }
      return new Read(
          new Mixture.State(
              new DoremiUpdate.State(
                  rows[ALPHA], rows[ALPHA_SUM], rows[LAMBDA], seen, (long) next()),
              warmUp,
              new SignalStatistics.State(
                  rows[MEAN], rows[SQUARES], rows[WEIGHT], rows[COUNT], rows[WEIGHT_SQUARES]),
              new ClippedMargins.State(
                  whole(rows[MARGINS]), whole(rows[CLIPPED]), quarterMargins, quarterClipped),
              new Mixture.EpochSums((long) e[0], e[1], e[2], e[3], e[4], (long) e[5], (long) e[6]),
              points,
              eta,
              step),
          new FiniteLosses.State(losses[0], losses[1], losses[2]));
    }

    private static long[] whole(double[] values) {
      return Arrays.stream(values).mapToLong(value -> (long) value).toArray();
    }
  }

  private static double[] numbers(boolean[] flags) {
    double[] values = new double[flags.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = flags[i] ? 1 : 0;
    }
    return values;
  }

  private static double[] numbers(long[] whole) {
    return Arrays.stream(whole).asDoubleStream().toArray();
  }
}
