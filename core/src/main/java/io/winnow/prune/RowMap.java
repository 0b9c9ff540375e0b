package io.winnow.prune;

import io.winnow.artifact.CoresetMap;
import io.winnow.artifact.CoresetMap.Nearest;
import io.winnow.config.OrNull;
import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.NearestRows;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Rows on a plane, with the rows nearest to each: what viewers of embeddings show.
 *
 * <p>The plane is that of the two leading principal directions of the whole set, each turned so
 * that the row farthest from its middle lies on the positive side: nothing is drawn. Nearest rows
 * are searched in the four clusters whose centres are nearest to that of a row's own cluster, so
 * that time grows with the set and not with its square; what lies beyond them is missed.
 */
public final class RowMap {
  /** Nearest rows of each. */
  static final int NEAREST = 10;

  /** Rows that are searched beside, so that of equally near ones the lower rows stay. */
  private static final int SPARE = 6;

  /** Clusters that are searched. */
  private static final int PROBED = 4;

  /** Of larger sets clusters are so large that the search takes as long as a training. */
  private static final int MOST_ROWS = 200_000;

  private final Rows rows;
  private final int[][] positions; // [N, k]
  private final float[][] distances; // [N, k]

  private RowMap(Rows rows) {
    this.rows = rows;
    this.positions = new int[rows.count()][];
    this.distances = new float[rows.count()][];
  }

  /**
   * Places the rows.
   *
   * @param clusters of them
   */
  public static CoresetMap of(Rows rows, KMeans.Clusters clusters) {
    try (Scope scope = Scope.open()) {
      float[][] plane = plane(rows);
      return new CoresetMap(plane[0], plane[1], nearest(rows, clusters));
    }
  }

  private static float[][] plane(Rows rows) {
    int n = rows.count();
    double[][] axes = new double[2][n]; // zeros where there is no such direction
    int r = Math.min(2, Math.min(n, rows.dimension()));
    Blocks.forEach(
        PcaRows.of(rows, r),
        IntStream.range(0, n).toArray(),
        (block, first) -> {
          double[] values = Tensors.doubles(block); // [n, r]
          for (int i = 0; i < values.length; i++) {
            axes[i % r][first + i / r] = values[i];
          }
        });
    float[][] plane = new float[2][n];
    for (int a = 0; a < 2; a++) {
      double sign = axes[a][farthest(axes[a])] < 0 ? -1 : 1;
      for (int i = 0; i < n; i++) {
        plane[a][i] = (float) (sign * axes[a][i] + 0.0);
      }
    }
    return plane;
  }

  private static int farthest(double[] values) {
    int farthest = 0;
    for (int i = 1; i < values.length; i++) {
      farthest = Math.abs(values[i]) > Math.abs(values[farthest]) ? i : farthest;
    }
    return farthest;
  }

  private static @OrNull Nearest nearest(Rows rows, KMeans.Clusters clusters) {
    if (rows.count() > MOST_ROWS) {
      return null;
    }
    RowMap map = new RowMap(HeldRows.inOwnPrecision(rows));
    List<int[]> members = Clustering.members(clusters);
    double[][] between = between(clusters.centers());
    for (int c = 0; c < between.length; c++) {
      map.search(members.get(c), candidates(members, between[c]));
    }
    return new Nearest(map.positions, map.distances);
  }

  /** Squared distances between centres, [k, k]. */
  private static double[][] between(Tensor centers) {
    int k = Math.toIntExact(centers.size(0));
    double[][] between = new double[k][];
    for (int c = 0; c < k; c++) {
      try (Scope scope = Scope.open()) {
        between[c] = Tensors.doubles(centers.sub(centers.select(0, c)).square_().sum(1));
      }
    }
    return between;
  }

  /** Rows of the nearest clusters, ascending; of more clusters while they hold too few. */
  private static int[] candidates(List<int[]> members, double[] distances) {
    int[] order =
        IntStream.range(0, distances.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer c) -> distances[c]).thenComparing(c -> c))
            .mapToInt(c -> c)
            .toArray();
    int probed = 0;
    int rows = 0;
    while (probed < order.length && (probed < PROBED || rows <= NEAREST)) {
      rows += members.get(order[probed++]).length;
    }
    return IntStream.of(order)
        .limit(probed)
        .flatMap(c -> IntStream.of(members.get(c)))
        .sorted()
        .toArray();
  }

  private void search(int[] queries, int[] candidates) {
    int k = Math.min(NEAREST + SPARE, candidates.length); // the row itself is among them
    Blocks.forEach(
        rows,
        queries,
        (block, first) -> {
          NearestRows nearest = new NearestRows(block, k);
          Blocks.forEach(rows, candidates, nearest::offer);
          long[] found = Tensors.longs(nearest.indices()); // [n, k]
          Tensor wide = LinearAlgebra.float64(block);
          int n = found.length / k;
          double[][] exact = new double[k][];
          for (int j = 0; j < k; j++) {
            exact[j] = exact(wide, column(found, j, k, candidates));
          }
          for (int i = 0; i < n; i++) {
            take(queries[first + i], found, exact, i, candidates);
          }
        });
  }

  private static int[] column(long[] found, int j, int k, int[] candidates) {
    return IntStream.range(0, found.length / k)
        .map(i -> candidates[Math.toIntExact(found[i * k + j])])
        .toArray();
  }

  /** Distances by differences: those of a copy are 0. */
  private double[] exact(Tensor block, int[] others) {
    try (Scope scope = Scope.open()) {
      Tensor difference = LinearAlgebra.float64(rows.gather(others)).sub(block); // [n, d]
      return Tensors.doubles(difference.square_().sum(1).sqrt_());
    }
  }

  private void take(int row, long[] found, double[][] exact, int i, int[] candidates) {
    int k = exact.length;
    int[] order =
        IntStream.range(0, k)
            .boxed()
            .filter(j -> candidates[Math.toIntExact(found[i * k + j])] != row)
            .sorted(
                Comparator.comparingDouble((Integer j) -> exact[j][i])
                    .thenComparing(j -> found[i * k + j]))
            .limit(NEAREST)
            .mapToInt(j -> j)
            .toArray();
    positions[row] = new int[order.length];
    distances[row] = new float[order.length];
    for (int j = 0; j < order.length; j++) {
      positions[row][j] = candidates[Math.toIntExact(found[i * k + order[j]])];
      distances[row][j] = (float) exact[order[j]][i];
    }
  }
}
