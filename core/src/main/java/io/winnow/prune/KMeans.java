package io.winnow.prune;

import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.tensor.Workers;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * k-means by Lloyd's iterations from k-means++ centres (Arthur and Vassilvitskii, 2007).
 *
 * <p>Rows are compared with the centres block by block in one matrix product each, in the rows' own
 * precision, ties to the lower centre, as many blocks beside each other as the engine has threads;
 * sums of clusters and centres are float64 and do not depend on that number. Iterations end when no
 * row changes its cluster or their number is reached. A cluster that becomes empty takes the row
 * farthest from its own centre (ties to the lower row), as scikit-learn's does; where all rows lie
 * on their centres, fewer distinct rows than clusters, it stays empty and keeps its centre.
 */
public final class KMeans {
  /** Rows that k-means++ looks at; of more, as many are drawn first. */
  private static final int SEEDING_ROWS = 1 << 18;

  /** Rows compared in one product: they and what comes out stay in a core's cache. */
  private static final int COMPARED = 512;

  private static final Scalar MINUS_TWO = Tensors.constant(-2);
  private static final Scalar ZERO = Tensors.constant(0);
  private static final Scalar ONE = Tensors.constant(1);
  private static final Scalar SHORTEST = Tensors.constant(Double.MIN_NORMAL);

  private final int iterations;
  private final boolean spherical;

  /**
   * Settings.
   *
   * @param iterations at most so many
   * @param spherical whether centres are scaled to unit length, for rows of unit length
   */
  public KMeans(int iterations, boolean spherical) {
    this.iterations = iterations;
    this.spherical = spherical;
  }

  /**
   * What was found.
   *
   * @param centers [k, d], float64, in the scope of the caller
   * @param labels cluster of every row by these centres, [N]
   * @param squared distances of the rows to their centres, squared, [N]; of float32 rows to
   *     float32's rounding
   * @param iterations that were run
   * @param refilled clusters that became empty and were given a row, counted each time
   */
  @SuppressWarnings("ArrayRecordComponent") // as large as the data set: handed over, not copied
  public record Clusters(
      Tensor centers, int[] labels, double[] squared, int iterations, int refilled) {
    /** Sum of the squared distances. */
    public double inertia() {
      return Arrays.stream(squared).sum();
    }

    /** Rows per cluster, [k]. */
    public int[] sizes() {
      int[] sizes = new int[Math.toIntExact(centers.size(0))];
      IntStream.of(labels).forEach(label -> sizes[label]++);
      return sizes;
    }
  }

  /**
   * Clusters from k-means++ centres.
   *
   * @param k number of clusters
   * @param random the draws of k-means++, a function of its seed
   * @throws IllegalArgumentException where there are fewer rows than clusters, or a value is not
   *     finite
   */
  public Clusters fit(Rows rows, int k, RandomStreams random) {
    requireRows(rows, k);
    try (Scope scope = Scope.open()) {
      Clusters found = lloyd(rows, seeds(rows, k, random));
      scope.keep(found.centers());
      return found;
    }
  }

  /**
   * Clusters from given centres.
   *
   * @param init [k, d]
   */
  public Clusters fit(Rows rows, Tensor init) {
    requireRows(rows, Math.toIntExact(init.size(0)));
    try (Scope scope = Scope.open()) {
      Clusters found = lloyd(rows, LinearAlgebra.float64(init).clone());
      scope.keep(found.centers());
      return found;
    }
  }

  private static void requireRows(Rows rows, int k) {
    if (k < 1 || k > rows.count()) {
      throw new IllegalArgumentException(
          "clusters: "
              + k
              + " of "
              + rows.count()
              + " images; expected 1 to "
              + rows.count()
              + ". Ask for fewer clusters.");
    }
  }

  private Clusters lloyd(Rows rows, Tensor centers) {
    State state = new State(HeldRows.inOwnPrecision(new SharedRows(rows)), centers);
    int done = 0;
    boolean moved = state.assign();
    while (moved && done < iterations) {
      state.refill();
      state.center();
      done++;
      moved = state.assign();
    }
    return new Clusters(centers, state.labels, state.squared, done, state.refilled);
  }

  /** The moving parts of a run. */
  private final class State {
    private final HeldRows rows;
    private final double[] norms; // squared, [N]
    private final Tensor centers; // [k, d], float64
    private final ClusterSums sums;
    private final int k;
    private final int[] labels; // [N]
    private final int[] nearest; // [N], of the last pass
    private final double[] squared; // [N]
    private int refilled;

    State(HeldRows rows, Tensor centers) {
      this.rows = rows;
      this.norms = rows.squaredNorms();
      this.centers = centers;
      this.k = Math.toIntExact(centers.size(0));
      this.sums = new ClusterSums(rows, k);
      this.labels = new int[rows.count()];
      this.nearest = new int[rows.count()];
      this.squared = new double[rows.count()];
      Arrays.fill(labels, -1);
    }

    /** Gives every row its nearest centre; whether one changed. */
    boolean assign() {
      try (Scope scope = Scope.open()) {
        torch.ScalarType type = rows.block(0, 1).scalar_type();
        Tensor near = centers.to(type).t(); // [d, k]
        Tensor lengths = centers.square().sum(1).to(type); // [k]
        int blocks = (rows.count() + COMPARED - 1) / COMPARED;
        Workers.besideEachOther(blocks, b -> compare(b * COMPARED, near, lengths));
      }
      for (double distance : squared) {
        if (!Double.isFinite(distance)) {
          throw Blocks.notFinite(rows, IntStream.range(0, rows.count()).toArray());
        }
      }
      boolean moved = sums.move(labels, nearest);
      System.arraycopy(nearest, 0, labels, 0, labels.length);
      return moved;
    }

    /** The nearest centres of one block. */
    private void compare(int first, Tensor near, Tensor lengths) {
      try (Scope scope = Scope.open()) {
        int n = Math.min(COMPARED, rows.count() - first);
        T_TensorTensor_T least =
            torch
                .addmm(lengths, rows.block(first, n), near, ONE, MINUS_TWO) // |c|^2 - 2 x.c
                .min(1, false);
        double[] distances = Tensors.doubles(least.get0());
        long[] centres = Tensors.longs(least.get1());
        for (int i = 0; i < n; i++) {
          nearest[first + i] = (int) centres[i];
          squared[first + i] = Math.max(0, distances[i] + norms[first + i]);
        }
      }
    }

    /** Gives every empty cluster the farthest row that is not alone in its own. */
    void refill() {
      for (int c = 0; c < k; c++) {
        if (sums.count(c) > 0) {
          continue;
        }
        int farthest = -1;
        for (int i = 0; i < squared.length; i++) {
          boolean free = sums.count(labels[i]) > 1 && squared[i] > 0;
          if (free && (farthest < 0 || squared[i] > squared[farthest])) {
            farthest = i;
          }
        }
        if (farthest < 0) {
          return;
        }
        sums.move(farthest, labels[farthest], c);
        labels[farthest] = c;
        squared[farthest] = 0;
        refilled++;
      }
    }

    /** Centres of the clusters that have rows. */
    void center() {
      try (Scope scope = Scope.open()) {
        Tensor sizes = LinearAlgebra.float64(Tensors.ofInts(sums.counts())).unsqueeze(1); // [k, 1]
        Tensor means = sums.sums().div(sizes.clamp_min(ONE)); // [k, d]
        if (spherical) {
          Tensor lengths = means.square().sum(1).sqrt_().unsqueeze(1); // [k, 1]
          means = means.div(lengths.clamp_min(SHORTEST));
        }
        centers.copy_(torch.where(sizes.gt(ZERO), means, centers));
      }
    }
  }

  /** k-means++: every next centre by chance in proportion to the squared distance to the others. */
  private static Tensor seeds(Rows rows, int k, RandomStreams random) {
    int n = rows.count();
    int[] candidates =
        n <= SEEDING_ROWS
            ? IntStream.range(0, n).toArray()
            : Arrays.stream(random.permutation(n, "kmeans.sample"))
                .limit(Math.max(SEEDING_ROWS, k))
                .sorted()
                .toArray();
    HeldRows held = HeldRows.of(rows, candidates);
    Tensor centers = LinearAlgebra.empty(k, rows.dimension());
    double[] nearest = new double[candidates.length];
    Arrays.fill(nearest, 1);
    for (int c = 0; c < k; c++) {
      try (Scope scope = Scope.open()) {
        int chosen = drawn(nearest, random.uniform("kmeans.seed", c));
        Tensor point = held.row(chosen);
        centers.select(0, c).copy_(point);
        double[] distances = held.squaredDistances(point);
        distances[chosen] = 0;
        for (int i = 0; i < nearest.length; i++) {
          nearest[i] = c == 0 ? distances[i] : Math.min(nearest[i], distances[i]);
        }
      }
    }
    return centers;
  }

  /** The position that a draw in [0, 1) falls on; the share of each is its mass. */
  private static int drawn(double[] mass, double draw) {
    double total = Arrays.stream(mass).sum();
    double aim = draw * total;
    double passed = 0;
    int last = 0;
    for (int i = 0; i < mass.length; i++) {
      passed += mass[i];
      if (mass[i] > 0) {
        last = i;
        if (aim < passed) {
          return i;
        }
      }
    }
    return last;
  }
}
