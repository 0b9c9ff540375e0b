package io.winnow.sweep;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.winnow.compare.Comparison;
import io.winnow.config.OrNull;
import java.util.List;

/**
 * What a search found.
 *
 * @param name of the recipe
 * @param budgetSeconds what it was given
 * @param spentSeconds what it took: the forecast, and the stages of all runs, shared ones once
 * @param rungs that were run
 * @param best arm of the last of them
 * @param runnerUp the next one
 * @param verdict the best one against the next one, over the seeds of the last rung; null where
 *     that was not run to its end
 * @param ended why it was not; null where it was
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SearchResult(
    String name,
    double budgetSeconds,
    double spentSeconds,
    List<RungResult> rungs,
    @OrNull String best,
    @OrNull String runnerUp,
    @OrNull Comparison verdict,
    @OrNull String ended) {

  /**
   * A rung.
   *
   * @param places its arms, the best one first
   * @param failed arms with a run that failed, and why
   */
  public record RungResult(
      long updates, List<Long> seeds, List<Place> places, List<String> failed) {}

  /**
   * An arm in a rung.
   *
   * @param ratio its distance over that of the best one
   */
  public record Place(String arm, double ratio) {}

  /** Whether a run failed. */
  public boolean anyFailed() {
    return rungs.stream().anyMatch(rung -> !rung.failed().isEmpty());
  }
}
