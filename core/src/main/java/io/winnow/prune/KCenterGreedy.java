package io.winnow.prune;

import io.winnow.tensor.Scope;
import java.util.Arrays;

/**
 * k-center by farthest-first traversal (Gonzalez, 1985; as in Sener and Savarese, "Core-set",
 * 2018): the next row is the one farthest from its nearest chosen row, ties to the lower row. The
 * radius, the largest distance of a row to the chosen ones, is at most twice the smallest possible.
 */
public final class KCenterGreedy {
  private KCenterGreedy() {}

  /**
   * What was chosen.
   *
   * @param order rows in the order of choice, the given ones first
   * @param distances of every row to its nearest chosen row when {@code order} was complete, [N]
   */
  @SuppressWarnings("ArrayRecordComponent") // as large as the data set: handed over, not copied
  public record Chosen(int[] order, double[] distances) {
    /** The largest distance of a row to the chosen ones. */
    public double radius() {
      return Arrays.stream(distances).max().orElse(0);
    }
  }

  /**
   * Chooses.
   *
   * @param start rows chosen before; empty to begin with the row nearest to the mean
   * @param count rows to choose beside {@code start}
   */
  public static Chosen order(Rows rows, int[] start, int count) {
    try (Scope scope = Scope.open()) {
      HeldRows held = HeldRows.of(rows);
      int n = held.count();
      int[] order = new int[Math.min(n, start.length + count)];
      double[] squared = new double[n];
      boolean[] chosen = new boolean[n];
      Arrays.fill(squared, Double.POSITIVE_INFINITY);
      for (int i = 0; i < order.length; i++) {
        order[i] = i < start.length ? start[i] : i == 0 ? first(held) : farthest(squared, chosen);
        take(held, order[i], squared);
        chosen[order[i]] = true;
      }
      return new Chosen(order, Arrays.stream(squared).map(Math::sqrt).toArray());
    }
  }

  private static int first(HeldRows held) {
    try (Scope scope = Scope.open()) {
      double[] distances = held.squaredDistances(held.mean());
      int nearest = 0;
      for (int i = 1; i < distances.length; i++) {
        nearest = distances[i] < distances[nearest] ? i : nearest;
      }
      return nearest;
    }
  }

  private static void take(HeldRows held, int row, double[] squared) {
    try (Scope scope = Scope.open()) {
      double[] distances = held.squaredDistances(held.row(row));
      for (int i = 0; i < squared.length; i++) {
        squared[i] = Math.min(squared[i], distances[i]);
      }
      squared[row] = 0;
    }
  }

  private static int farthest(double[] squared, boolean[] chosen) {
    int farthest = -1;
    for (int i = 0; i < squared.length; i++) {
      if (!chosen[i] && (farthest < 0 || squared[i] > squared[farthest])) {
        farthest = i;
      }
    }
    return farthest;
  }
}
