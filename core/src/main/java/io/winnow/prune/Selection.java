package io.winnow.prune;

/** Chooses the rows that stay, from the scores of one group (a class, or the whole set). */
public interface Selection {
  /**
   * Selects.
   *
   * @param scores the scores of the group, in the order of the data set
   * @param ratio the share to keep, in (0, 1]
   */
  Selected select(double[] scores, double ratio); // [m]

  /**
   * What a rule kept of a group.
   *
   * @param kept positions within the group, ascending
   * @param from scores below this were dropped
   * @param to scores above this were dropped
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Selected(int[] kept, double from, double to) {
    static final Selected NOTHING = new Selected(new int[0], Double.NaN, Double.NaN);
  }
}
