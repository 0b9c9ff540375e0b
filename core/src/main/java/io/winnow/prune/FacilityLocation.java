package io.winnow.prune;

import io.winnow.tensor.Scope;
import java.util.Arrays;

/**
 * Facility location: rows S that make the sum over all rows i of max over j in S of sim(i, j) as
 * large as a greedy choice can, sim = (1 + cosine) / 2. The sum is within 1 - 1/e of the largest
 * possible (Nemhauser, Wolsey and Fisher, 1978).
 *
 * <p>Lazy (Minoux, 1978): a gain never grows, so one that was found earlier bounds it, and only the
 * rows with the largest bounds are asked again. Similarities are made when they are needed and
 * never kept: memory grows with the rows, not with their square. Gains are compared in steps of
 * 2^-32, so that those which are equal but for rounding go to the lower row.
 */
public final class FacilityLocation {
  private FacilityLocation() {}

  /**
   * What was chosen.
   *
   * @param order rows in the order of choice
   * @param gains by how much each one raised the sum; they never grow
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  public record Chosen(int[] order, double[] gains) {
    /** The sum that was reached. */
    public double objective() {
      return Arrays.stream(gains).sum();
    }
  }

  /** Chooses {@code count} rows. */
  public static Chosen order(Rows rows, int count) {
    try (Scope scope = Scope.open()) {
      HeldRows held = HeldRows.inOwnPrecision(new SharedRows(new UnitRows(rows)));
      int[] order = new int[Math.min(held.count(), count)];
      double[] gains = new double[order.length];
      LazyGains candidates = new LazyGains(new Coverage(held));
      for (int i = 0; i < order.length; i++) {
        LazyGains.Candidate best = candidates.take();
        order[i] = best.row();
        gains[i] = best.gain();
      }
      return new Chosen(order, gains);
    }
  }
}
