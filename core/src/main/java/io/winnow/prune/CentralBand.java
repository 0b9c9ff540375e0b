package io.winnow.prune;

/**
 * Keeps the central share R of the ranks of the distance: the published code of Moderate-DS. Ranks
 * [round(m (0.5 - R/2)), round(m (0.5 + R/2))) stay, rounding half to even as its language does;
 * where that is empty, the middle rank stays.
 */
public final class CentralBand implements Selection {
  @Override
  public Selected select(double[] scores, double ratio) {
    int m = scores.length;
    if (m == 0) {
      return Selected.NOTHING;
    }
    int low = low(m, ratio);
    int high = high(m, ratio);
    if (low >= high) {
      low = m / 2;
      high = low + 1;
    }
    double[] ascending = Ranking.sorted(scores);
    int[] kept = Ranking.between(scores, ascending, low, high);
    return new Selected(kept, ascending[low], ascending[high - 1]);
  }

  /** First rank of the band; may equal {@link #high} for very small m. */
  public static int low(int m, double ratio) {
    return (int) Math.rint(m * (0.5 - ratio / 2));
  }

  /** The rank after the band. */
  public static int high(int m, double ratio) {
    return (int) Math.rint(m * (0.5 + ratio / 2));
  }
}
