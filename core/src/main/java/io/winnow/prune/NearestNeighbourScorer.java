package io.winnow.prune;

import io.winnow.task.Count;
import io.winnow.task.Progress;
import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.NearestRows;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Minus the Euclidean distance to the k-th nearest other row of the group (the {@code nn_dist}
 * density of instance selection for GANs, k = 5). Pairs are formed block by block: time grows with
 * the square of a group's size, memory does not grow. A group of fewer than k + 1 rows uses its
 * farthest row; a single row scores 0.
 */
public final class NearestNeighbourScorer implements Scorer {
  private final Grouping fit;
  private final int k;

  /**
   * A scorer.
   *
   * @param k which neighbour counts, the row itself left out; 5 in the published code
   */
  public NearestNeighbourScorer(Grouping fit, int k) {
    this.fit = fit;
    this.k = k;
  }

  @Override
  public double[] score(Rows rows, Progress progress) {
    double[] scores = new double[rows.count()];
    Count scored = new Count(progress);
    for (Group group : Group.of(fit, rows.labels())) {
      Blocks.score(
          rows,
          group,
          scores,
          scored,
          block -> negative(distances(rows, group.rows(), LinearAlgebra.float64(block))));
    }
    return Blocks.requireFinite(rows, scores);
  }

  @Override
  public List<String> notes(Rows rows) {
    long small = Group.of(fit, rows.labels()).stream().filter(group -> group.size() <= k).count();
    return small == 0
        ? List.of()
        : List.of(
            small
                + " groups have fewer than "
                + (k + 1)
                + " rows; their scores use the farthest row instead of neighbour "
                + k
                + ".");
  }

  private static double[] negative(double[] distances) {
    return Arrays.stream(distances).map(distance -> -distance).toArray();
  }

  /** Distances of a block to the k-th nearest other member. */
  private double[] distances(Rows rows, int[] members, Tensor block) {
    int nearest = Math.min(k + 1, members.length); // the row itself is among them, at distance 0
    long[] candidates = candidates(rows, members, block, nearest); // [n, nearest]
    int n = Math.toIntExact(block.size(0));
    double[] farthest = new double[n]; // of the candidates, squared
    for (int j = 0; j < nearest; j++) {
      try (Scope scope = Scope.open()) {
        int[] ids = new int[n];
        for (int i = 0; i < n; i++) {
          ids[i] = members[Math.toIntExact(candidates[i * nearest + j])];
        }
        Tensor difference = LinearAlgebra.float64(rows.gather(ids)).sub(block); // [n, d]
        double[] squared = Tensors.doubles(difference.square_().sum(1));
        for (int i = 0; i < n; i++) {
          farthest[i] = Math.max(farthest[i], squared[i]);
        }
      }
    }
    return Arrays.stream(farthest).map(Math::sqrt).toArray();
  }

  /** Positions within the group of the nearest members of every row of a block. */
  private static long[] candidates(Rows rows, int[] members, Tensor block, int nearest) {
    try (Scope scope = Scope.open()) {
      NearestRows neighbours = new NearestRows(block, nearest);
      Blocks.forEach(rows, members, (other, first) -> neighbours.offer(other, first));
      return Tensors.longs(neighbours.indices());
    }
  }
}
