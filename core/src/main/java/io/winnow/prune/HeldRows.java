package io.winnow.prune;

import io.winnow.config.OrNull;
import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.tensor.Workers;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Some rows in an order of their own, numbered from 0: what a method that walks over them again and
 * again works on. They are held in memory, as float64 unless said, where that takes at most 512 MiB
 * and fetched from their source each time where it takes more.
 */
final class HeldRows implements Rows {
  /** Values held at most, 8 bytes each. */
  static final long BUDGET = 1L << 26;

  /** Rows fetched at a time: they stay in a core's cache. */
  private static final int FETCHED = 512;

  private final SubRows view;
  private final Tensor held; // [m, d]; null where it would be too large
  private final @OrNull FloatBuffer values; // of the held rows, where they are float32
  private final double[] squaredNorms; // [m]

  private HeldRows(SubRows view, Tensor held, double[] squaredNorms) {
    this.view = view;
    this.held = held;
    this.values = held == null ? null : values(held);
    this.squaredNorms = squaredNorms;
  }

  private static @OrNull FloatBuffer values(Tensor held) {
    if (held.scalar_type().intern() != torch.ScalarType.Float) {
      return null;
    }
    try (Scope scope = Scope.open()) {
      return held.data_ptr_float().capacity(held.numel()).asBuffer();
    }
  }

  /** All rows. */
  static HeldRows of(Rows source) {
    return of(source, IntStream.range(0, source.count()).toArray());
  }

  /**
   * Rows of a source, in the order of {@code members}; belongs to the scope around.
   *
   * @throws IllegalArgumentException naming the first row with a value that is not finite
   */
  static HeldRows of(Rows source, int[] members) {
    return of(source, members, BUDGET);
  }

  static HeldRows of(Rows source, int[] members, long budget) {
    return of(source, members, budget, torch.ScalarType.Double);
  }

  /** All rows in their own precision, for {@link #block}. */
  static HeldRows inOwnPrecision(Rows source) {
    try (Scope scope = Scope.open()) {
      Tensor one = source.gather(new int[] {0});
      long budget = BUDGET * Double.BYTES / one.element_size();
      int[] all = IntStream.range(0, source.count()).toArray();
      HeldRows rows = of(source, all, budget, one.scalar_type());
      if (rows.held != null) {
        scope.keep(rows.held);
      }
      return rows;
    }
  }

  private static HeldRows of(Rows source, int[] members, long budget, torch.ScalarType type) {
    int m = members.length;
    int d = source.dimension();
    boolean fits = (long) m * d <= budget;
    Tensor held = fits ? torch.empty(new long[] {m, d}, new TensorOptions(type), null) : null;
    double[] norms = new double[m];
    SharedRows shared = new SharedRows(source);
    Workers.besideEachOther(
        (m + FETCHED - 1) / FETCHED,
        b -> {
          int first = b * FETCHED;
          int[] ids = Arrays.copyOfRange(members, first, Math.min(first + FETCHED, m));
          try (Scope scope = Scope.open()) {
            Tensor block = shared.gather(ids);
            double[] own = Tensors.doubles(LinearAlgebra.float64(block).square().sum(1));
            System.arraycopy(own, 0, norms, first, own.length);
            if (fits) {
              held.narrow(0, first, own.length).copy_(block);
            }
          }
        });
    for (int i = 0; i < m; i++) {
      if (!Double.isFinite(norms[i])) {
        throw Blocks.notFinite(source, members);
      }
    }
    return new HeldRows(new SubRows(source, members), held, norms);
  }

  @Override
  public int count() {
    return view.count();
  }

  @Override
  public int dimension() {
    return view.dimension();
  }

  @Override
  public int[] labels() {
    return view.labels();
  }

  @Override
  public Tensor gather(int[] rows) {
    if (held == null) {
      return view.gather(rows);
    }
    try (Scope scope = Scope.open()) {
      return scope.keep(held.index_select(0, Tensors.ofInts(rows)));
    }
  }

  @Override
  public String describe(int row) {
    return view.describe(row);
  }

  /** Squared lengths of the rows. */
  double[] squaredNorms() {
    return squaredNorms.clone();
  }

  /** A row as a float64 vector, [d], in the caller's scope. */
  Tensor row(int row) {
    try (Scope scope = Scope.open()) {
      return scope.keep(LinearAlgebra.float64(gather(new int[] {row})).select(0, 0));
    }
  }

  /**
   * Consecutive rows, [count, d], as they are held or in the source's precision, in the caller's
   * scope, who must not change them.
   */
  Tensor block(int first, int count) {
    return held != null
        ? held.narrow(0, first, count)
        : gather(IntStream.range(first, first + count).toArray());
  }

  /** Sees consecutive rows as float64. */
  void forEachBlock(Blocks.Visitor visitor) {
    if (held == null) {
      int[] all = IntStream.range(0, count()).toArray();
      Blocks.forEach(
          this, all, (block, first) -> visitor.visit(LinearAlgebra.float64(block), first));
      return;
    }
    for (int first = 0; first < count(); first += Blocks.SIZE) {
      try (Scope scope = Scope.open()) {
        Tensor block = held.narrow(0, first, Math.min(Blocks.SIZE, count() - first));
        visitor.visit(LinearAlgebra.float64(block), first);
      }
    }
  }

  /**
   * Squared distances of all rows to a point, by |x|^2 - 2 x.p + |p|^2, not below zero.
   *
   * @param point [d], float64
   */
  double[] squaredDistances(Tensor point) {
    double[] distances = squaredNorms();
    double own = point.square().sum().item_double();
    forEachBlock(
        (block, first) -> {
          double[] products = Tensors.doubles(torch.mv(block, point));
          for (int i = 0; i < products.length; i++) {
            int row = first + i;
            distances[row] = Math.max(0, distances[row] - 2 * products[i] + own);
          }
        });
    return distances;
  }

  /** The mean row, [d], float64, in the caller's scope. */
  Tensor mean() {
    Tensor sum = LinearAlgebra.zeros(dimension());
    forEachBlock((block, first) -> sum.add_(block.sum(0)));
    return sum.div_(new Scalar((double) count()));
  }

  /**
   * Adds rows to a sum one after the other, or takes them away.
   *
   * @param sum [d]
   * @param changes row numbers from {@code first} to {@code end}; {@code ~row} to take it away
   */
  void addTo(double[] sum, int[] changes, int first, int end) {
    if (values == null) {
      for (int some = first; some < end; some += Blocks.SIZE) {
        addFetched(sum, Arrays.copyOfRange(changes, some, Math.min(end, some + Blocks.SIZE)));
      }
      return;
    }
    float[] row = new float[sum.length];
    for (int i = first; i < end; i++) {
      boolean added = changes[i] >= 0;
      values.get((added ? changes[i] : ~changes[i]) * row.length, row);
      float sign = added ? 1 : -1;
      for (int j = 0; j < row.length; j++) {
        sum[j] += sign * row[j];
      }
    }
  }

  private void addFetched(double[] sum, int[] changes) {
    try (Scope scope = Scope.open()) {
      int[] rows = IntStream.of(changes).map(i -> i >= 0 ? i : ~i).toArray();
      double[] fetched = Tensors.doubles(gather(rows));
      for (int i = 0; i < changes.length; i++) {
        double sign = changes[i] >= 0 ? 1 : -1;
        for (int j = 0; j < sum.length; j++) {
          sum[j] += sign * fetched[i * sum.length + j];
        }
      }
    }
  }

  /** Row numbers of the source at some of these rows. */
  int[] toSource(int[] rows) {
    return view.toSource(rows);
  }
}
