package io.winnow.prune;

/**
 * Keeps the max(1, floor(R m + 1/2)) smallest distances: prototypes rather than moderate samples,
 * as one sentence of the paper reads. Ties go to the lower row.
 */
public final class Closest implements Selection {
  @Override
  public Selected select(double[] scores, double ratio) {
    if (scores.length == 0) {
      return Selected.NOTHING;
    }
    double[] ascending = Ranking.sorted(scores);
    int count = Math.max(1, (int) Math.floor(ratio * scores.length + 0.5));
    int[] kept = Ranking.between(scores, ascending, 0, count);
    return new Selected(kept, Double.NEGATIVE_INFINITY, ascending[count - 1]);
  }
}
