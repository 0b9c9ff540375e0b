package io.winnow.prune;

import java.util.List;

/**
 * Scores apart from any selection, so that another ratio needs neither encoding nor scoring.
 *
 * @param scoring everything the values depend on, as {@link PruneConfig#scoring()} names it
 * @param values one per row, float64
 * @param notes what the scorer had to say
 */
@SuppressWarnings("ArrayRecordComponent") // as large as the data set: handed over, not copied
public record Scores(String scoring, double[] values, List<String> notes) {

  /** Refuses to be used for another score than its own. */
  void require(String wanted) {
    if (!scoring.equals(wanted)) {
      throw new IllegalArgumentException(
          "prune: these scores are \"" + scoring + "\", expected \"" + wanted + "\". Score again.");
    }
  }
}
