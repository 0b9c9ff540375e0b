package io.winnow.prune;

import io.winnow.config.OrNull;
import io.winnow.prune.PruneStep.Clusters;
import io.winnow.prune.PruneStep.Duplicates;
import io.winnow.prune.PruneStep.Preset;
import io.winnow.prune.PruneStep.Stratified;

/** What of a list of steps cannot be done, as counts alone tell: before there are features. */
public final class PossibleSteps {
  private final PruneConfig block;
  private final int rows;
  private final int classes;
  private double received; // by the step at hand, at most
  private boolean scored; // perhaps

  private PossibleSteps(PruneConfig block, int rows, int classes) {
    this.block = block;
    this.rows = rows;
    this.classes = classes;
    this.received = rows;
  }

  /**
   * Refuses more clusters than rows can reach a step, and strata where no step before gives scores.
   *
   * @param rows to select from
   * @throws IllegalArgumentException naming the step
   */
  public static void require(PruneConfig block, int rows, int classes) {
    if (block.steps() == null) {
      return;
    }
    PossibleSteps steps = new PossibleSteps(block, rows, classes);
    for (int i = 0; i < block.steps().size(); i++) {
      steps.take(block.steps().get(i), i);
    }
  }

  private void take(PruneStep step, int number) {
    boolean chance = step.random() != null && step.random() == 1; // the rule is not asked
    if (!chance) {
      requireFew(clusters(step), number);
      if (step instanceof Stratified && !scored) {
        throw Strata.withoutScores();
      }
      scored |= scores(step);
    }
    if (!(step instanceof Duplicates duplicates && duplicates.eps() != null)) {
      double share = step.ratio() == null ? block.ratio() * rows : step.ratio() * received;
      received = Math.min(received, Math.ceil(share) + rounding(step));
    }
  }

  /** Rows that counts of groups may have more than the share of the whole. */
  private double rounding(PruneStep step) {
    Integer clusters = clusters(step);
    return classes + (clusters == null ? received / 500 : clusters);
  }

  private void requireFew(@OrNull Integer clusters, int number) {
    if (clusters != null && clusters > received) {
      throw new IllegalArgumentException(
          "prune.steps[%d].clusters: %d, but at most %.0f images reach the step; expected 1 to"
                  .formatted(number, clusters, Math.floor(received))
              + " %.0f. Ask for fewer clusters.".formatted(Math.floor(received)));
    }
  }

  private static @OrNull Integer clusters(PruneStep step) {
    if (step instanceof Duplicates duplicates) {
      return duplicates.clusters();
    }
    return step instanceof Clusters around ? around.clusters() : null;
  }

  private static boolean scores(PruneStep step) {
    if (step instanceof Preset preset) {
      boolean all = preset.ratio() != null && preset.ratio() == 1;
      return preset.method() != Method.UNIFORM && !all;
    }
    return true; // of strata, too, which had some to cut
  }
}
