package io.winnow.prune;

import java.util.Arrays;

/** Ranks of scores under the total order (score, position). */
final class Ranking {
  private Ranking() {}

  /** Ascending copy; minus zero counts as zero. */
  static double[] sorted(double[] scores) {
    double[] ascending = new double[scores.length];
    for (int i = 0; i < scores.length; i++) {
      ascending[i] = scores[i] + 0.0;
    }
    Arrays.sort(ascending);
    return ascending;
  }

  /**
   * Positions whose rank lies in [low, high), ascending. Equal scores rank by position.
   *
   * @param ascending the same scores, sorted
   */
  static int[] between(double[] scores, double[] ascending, int low, int high) {
    if (low >= high) {
      return new int[0];
    }
    double least = ascending[low];
    double most = ascending[high - 1];
    int nextLeast = firstRank(ascending, least);
    int nextMost = firstRank(ascending, most);
    int[] kept = new int[high - low];
    int found = 0;
    for (int i = 0; i < scores.length; i++) {
      double score = scores[i];
      boolean inside = score > least && score < most;
      if (score == most) {
        int rank = nextMost++;
        inside = rank >= low && rank < high;
      } else if (score == least) {
        inside = nextLeast++ >= low;
      }
      if (inside) {
        kept[found++] = i;
      }
    }
    return kept;
  }

  /** The number of scores below a value. */
  private static int firstRank(double[] ascending, double value) {
    int low = 0;
    int high = ascending.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ascending[middle] < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
