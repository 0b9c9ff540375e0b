package io.winnow.prune;

import io.winnow.task.Progress;
import java.util.List;

/** Gives every row of the features a score; which scores stay is the selection rule's business. */
public interface Scorer {
  /**
   * Scores all rows.
   *
   * @param progress told how many rows have their final score; the caller begins and ends its task
   * @return one finite float64 score per row
   * @throws IllegalArgumentException naming the first row with a value that is not finite
   */
  double[] score(Rows rows, Progress progress); // [N]

  /** What a user should know about these scores on these rows before trusting them. */
  default List<String> notes(Rows rows) {
    return List.of();
  }
}
