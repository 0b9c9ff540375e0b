package io.winnow.prune;

import java.util.List;

/** Gives every row of the features a score; which scores stay is the selection rule's business. */
public interface Scorer {
  /**
   * Scores all rows.
   *
   * @return one finite float64 score per row
   * @throws IllegalArgumentException naming the first row with a value that is not finite
   */
  double[] score(Rows rows, ScoreListener listener); // [N]

  /** What a user should know about these scores on these rows before trusting them. */
  default List<String> notes(Rows rows) {
    return List.of();
  }
}
