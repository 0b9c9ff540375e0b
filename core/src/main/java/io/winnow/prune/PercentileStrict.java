package io.winnow.prune;

import java.util.Arrays;

/**
 * Keeps scores strictly above the 100 (1 - R) percentile: the rule of the published code of
 * instance selection for GANs. Ties at the cutoff are all dropped, so a group of equal scores keeps
 * nothing.
 */
public final class PercentileStrict implements Selection {
  /** Within this of an integer, a position is that integer: (m - 1)(1 - R) is rarely exact. */
  private static final double SNAP = 1e-9;

  @Override
  public Selected select(double[] scores, double ratio) {
    if (scores.length == 0) {
      return Selected.NOTHING;
    }
    double cutoff = cutoff(scores, ratio);
    int[] kept = new int[scores.length];
    int found = 0;
    for (int i = 0; i < scores.length; i++) {
      if (scores[i] > cutoff) {
        kept[found++] = i;
      }
    }
    return new Selected(Arrays.copyOf(kept, found), cutoff, Double.POSITIVE_INFINITY);
  }

  /**
   * The percentile, by linear interpolation between order statistics: position h = (m - 1)(1 - R)
   * in ascending order.
   */
  public static double cutoff(double[] scores, double ratio) {
    double[] ascending = Ranking.sorted(scores);
    double h = (scores.length - 1) * (1 - ratio);
    double nearest = Math.rint(h);
    if (Math.abs(h - nearest) < SNAP) {
      h = nearest;
    }
    int below = (int) Math.floor(h);
    double share = h - below;
    double value = ascending[below];
    return share == 0 ? value : value + share * (ascending[below + 1] - value);
  }
}
