package io.winnow.prune;

import io.winnow.tensor.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * Herding (Welling, 2009): step i chooses, of the rows that are left, the one that brings the mean
 * of the chosen nearest to the mean of all,
 *
 * <pre>{@code
 * argmin over x of || (i + 1) mu - sum of the chosen - x ||
 * }</pre>
 *
 * ties to the lower row. The code of DeepCore takes the largest, a slip of a sign.
 */
public final class Herding {
  private Herding() {}

  /** The first {@code count} rows in the order of choice. */
  public static int[] order(Rows rows, int count) {
    try (Scope scope = Scope.open()) {
      HeldRows held = HeldRows.of(rows);
      int[] order = new int[Math.min(held.count(), count)];
      boolean[] chosen = new boolean[held.count()];
      Tensor mean = held.mean(); // [d]
      Tensor aim = mean.clone(); // [d], (i + 1) mu - sum of the chosen
      for (int i = 0; i < order.length; i++) {
        try (Scope step = Scope.open()) {
          order[i] = nearest(held.squaredDistances(aim), chosen);
          aim.add_(mean).sub_(held.row(order[i]));
        }
        chosen[order[i]] = true;
      }
      return order;
    }
  }

  private static int nearest(double[] squared, boolean[] chosen) {
    int nearest = -1;
    for (int i = 0; i < squared.length; i++) {
      if (!chosen[i] && (nearest < 0 || squared[i] < squared[nearest])) {
        nearest = i;
      }
    }
    return nearest;
  }
}
