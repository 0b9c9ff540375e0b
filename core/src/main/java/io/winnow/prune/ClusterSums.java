package io.winnow.prune;

import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Workers;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.Tensor;

/**
 * Sums of the rows of every cluster in float64, kept while rows move: only those that do are looked
 * at. Clusters are summed beside each other, each by one thread in the order of its rows, so that
 * the sums do not depend on the number of threads.
 */
final class ClusterSums {
  private final HeldRows rows;
  private final Tensor sums; // [k, d], float64
  private final int[] counts; // [k]

  /** Of no row yet; belongs to the scope around. */
  ClusterSums(HeldRows rows, int k) {
    this.rows = rows;
    this.sums = LinearAlgebra.zeros(k, rows.dimension());
    this.counts = new int[k];
  }

  /** [k, d], float64, changed by every move. */
  Tensor sums() {
    return sums;
  }

  /** Rows of a cluster. */
  int count(int cluster) {
    return counts[cluster];
  }

  /** Rows of every cluster, [k]. */
  int[] counts() {
    return counts.clone();
  }

  /**
   * Moves every row that changes its cluster; whether there is one.
   *
   * @param from cluster of every row so far, [N]; -1 for none
   * @param to cluster of every row from now on, [N]
   */
  boolean move(int[] from, int[] to) {
    int[] ends = new int[counts.length + 1]; // of the changes of every cluster, shifted by one
    for (int i = 0; i < to.length; i++) {
      if (from[i] != to[i]) {
        ends[to[i] + 1]++;
        if (from[i] >= 0) {
          ends[from[i] + 1]++;
        }
      }
    }
    for (int c = 0; c < counts.length; c++) {
      ends[c + 1] += ends[c];
    }
    int[] changes = new int[ends[counts.length]];
    int[] next = ends.clone();
    for (int i = 0; i < to.length; i++) {
      if (from[i] != to[i]) {
        changes[next[to[i]]++] = i;
        if (from[i] >= 0) {
          changes[next[from[i]]++] = ~i;
        }
      }
    }
    Workers.besideEachOther(counts.length, c -> change(c, changes, ends[c], ends[c + 1]));
    return changes.length > 0;
  }

  /** Moves one row. */
  void move(int row, int from, int to) {
    change(from, new int[] {~row}, 0, 1);
    change(to, new int[] {row}, 0, 1);
  }

  /**
   * Adds rows to a cluster and takes rows away.
   *
   * @param changes row numbers; {@code ~row} of one that leaves
   */
  private void change(int cluster, int[] changes, int first, int end) {
    if (first == end) {
      return;
    }
    try (Scope scope = Scope.open()) {
      double[] sum = new double[rows.dimension()];
      DoublePointer own = sums.data_ptr_double().position((long) cluster * sum.length);
      own.get(sum);
      rows.addTo(sum, changes, first, end);
      own.put(sum);
      for (int i = first; i < end; i++) {
        counts[cluster] += changes[i] >= 0 ? 1 : -1;
      }
    }
  }
}
