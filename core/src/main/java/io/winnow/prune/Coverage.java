package io.winnow.prune;

import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.tensor.Workers;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * How similar every row is to the nearest chosen one, and by how much another choice would raise
 * the sum of that. A gain is found from an earlier one, over the rows alone whose own similarity
 * has grown since, from b to c:
 *
 * <pre>{@code
 * gain_j  =  earlier gain_j  -  sum_i min(max(sim(i, j) - b_i, 0), c_i - b_i)
 * }</pre>
 *
 * <p>Products are float64, in shares of the rows that depend on their number alone; shares are
 * added in their order, so that gains do not depend on the number of threads.
 */
final class Coverage {
  /** Shares of the rows at most, and rows of one at least. */
  private static final int SHARES = 32;

  private static final int LEAST = 64;

  /** Rows and candidates of one product at most: what comes out stays in the cache. */
  private static final int ROWS = 1024;

  private static final int CANDIDATES = 512;
  private static final Scalar ONE = Tensors.constant(1);
  private static final Scalar HALF = Tensors.constant(0.5);

  private final HeldRows rows; // of unit length
  private final double[]
      covered; // [N], the largest similarity with a chosen row, 0 before the first
  private final double[] before; // [N], the same when gains were remembered
  private final double[] remembered; // [N], gains
  private int[] changed = {}; // rows whose similarity has grown since

  /** Nothing is chosen yet. */
  Coverage(HeldRows rows) {
    this.rows = rows;
    this.covered = new double[rows.count()];
    this.before = new double[rows.count()];
    this.remembered = alone();
  }

  /** Gains of single rows: no similarity is negative, so each is a sum, N / 2 + x . sum / 2. */
  double[] alone() {
    double[] gains = new double[rows.count()];
    try (Scope scope = Scope.open()) {
      Tensor mean = rows.mean();
      rows.forEachBlock(
          (block, first) -> {
            double[] products = Tensors.doubles(torch.mv(block, mean));
            for (int i = 0; i < products.length; i++) {
              gains[first + i] = gains.length * (0.5 + 0.5 * products[i]);
            }
          });
    }
    return gains;
  }

  /** Rows that a gain has to look at. */
  int changes() {
    return changed.length;
  }

  /** Chooses a row. */
  void add(int row) {
    try (Scope scope = Scope.open()) {
      Tensor chosen = rows.row(row); // [d]
      rows.forEachBlock(
          (block, first) -> {
            double[] products = Tensors.doubles(torch.mv(block, chosen));
            for (int i = 0; i < products.length; i++) {
              covered[first + i] = Math.max(covered[first + i], 0.5 + 0.5 * products[i]);
            }
          });
    }
    changed = IntStream.range(0, covered.length).filter(i -> covered[i] > before[i]).toArray();
  }

  /** Gains of candidates that are not chosen. */
  double[] gains(int[] candidates) {
    int shares = Math.min(SHARES, (changed.length + LEAST - 1) / LEAST);
    double[][] fallen = new double[shares][];
    Workers.besideEachOther(
        shares,
        s -> {
          int from = (int) ((long) changed.length * s / shares);
          int to = (int) ((long) changed.length * (s + 1) / shares);
          fallen[s] = fallen(Arrays.copyOfRange(changed, from, to), candidates);
        });
    double[] gains = IntStream.of(candidates).mapToDouble(row -> remembered[row]).toArray();
    for (double[] share : fallen) {
      for (int j = 0; j < gains.length; j++) {
        gains[j] -= share[j];
      }
    }
    return gains;
  }

  /** Takes gains of now, of all that can still be chosen, as what later ones are found from. */
  void remember(int[] candidates, double[] gains) {
    for (int j = 0; j < gains.length; j++) {
      remembered[candidates[j]] = gains[j];
    }
    System.arraycopy(covered, 0, before, 0, covered.length);
    changed = new int[0];
  }

  /** What some rows have taken from the gains of candidates. */
  private double[] fallen(int[] some, int[] candidates) {
    double[] fallen = new double[candidates.length];
    for (int first = 0; first < some.length; first += ROWS) {
      int[] ids = Arrays.copyOfRange(some, first, Math.min(first + ROWS, some.length));
      try (Scope scope = Scope.open()) {
        Tensor block = wide(ids).t(); // [d, n]
        double[] offsets = IntStream.of(ids).mapToDouble(i -> 0.5 - before[i]).toArray();
        double[] widths = IntStream.of(ids).mapToDouble(i -> covered[i] - before[i]).toArray();
        Tensor offset = Tensors.of(offsets, ids.length); // [n]
        Tensor width = Tensors.of(widths, ids.length); // [n]
        for (int from = 0; from < candidates.length; from += CANDIDATES) {
          int to = Math.min(from + CANDIDATES, candidates.length);
          int[] columns = Arrays.copyOfRange(candidates, from, to);
          add(fallen, from, taken(columns, block, offset, width));
        }
      }
    }
    return fallen;
  }

  /** What a block has taken from some candidates, [c]. */
  private double[] taken(int[] candidates, Tensor block, Tensor offset, Tensor width) {
    try (Scope scope = Scope.open()) {
      Tensor columns = wide(candidates); // [c, d]
      Tensor above = torch.addmm(offset, columns, block, ONE, HALF); // sim - before, [c, n]
      return Tensors.doubles(above.relu_().minimum(width).sum(1));
    }
  }

  private static void add(double[] sums, int from, double[] values) {
    for (int j = 0; j < values.length; j++) {
      sums[from + j] += values[j];
    }
  }

  private Tensor wide(int[] ids) {
    try (Scope scope = Scope.open()) {
      return scope.keep(LinearAlgebra.float64(rows.gather(ids)));
    }
  }
}
