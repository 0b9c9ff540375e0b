package io.winnow.prune;

import io.winnow.config.OrNull;
import io.winnow.task.Progress;
import java.util.Arrays;

/**
 * Selects from the same rows again and again, with other numbers in the block each time. It is the
 * selection itself that runs; only what does not depend on these numbers is computed once.
 */
public final class Reselection {
  /** Findings held: of a list of steps, and of those before the one whose numbers change. */
  private static final int HELD = 32;

  private final @OrNull Rows rows; // null where scores are all there is
  private final @OrNull Scores scores;
  private final int[] labels;
  private final ImageLosses losses;
  private final long seed;
  private final Progress progress;
  private final Findings findings = new Findings(HELD);

  private Reselection(
      @OrNull Rows rows,
      @OrNull Scores scores,
      int[] labels,
      ImageLosses losses,
      long seed,
      Progress progress) {
    this.rows = rows;
    this.scores = scores;
    this.labels = labels.clone();
    this.losses = losses;
    this.seed = seed;
    this.progress = progress;
  }

  /**
   * From features, or from labels alone where none are looked at.
   *
   * @param losses of all images, for steps that ask for them
   */
  public static Reselection of(Rows rows, ImageLosses losses, long seed, Progress progress) {
    return new Reselection(rows, null, rows.labels(), losses, seed, progress);
  }

  /**
   * From scores that are there already, for a method alone.
   *
   * @param labels one per score
   */
  public static Reselection of(Scores scores, int[] labels, long seed) {
    return new Reselection(null, scores, labels, ImageLosses.NONE, seed, Progress.SILENT);
  }

  /** Rows that are selected from. */
  public int count() {
    return labels.length;
  }

  /** The selection by a block. */
  public Pruning.Result select(PruneConfig block) {
    return rows == null
        ? Pruning.select(scores, labels, block, seed)
        : Pruning.select(rows, block, losses, seed, progress, findings);
  }

  /**
   * Whether a row stays.
   *
   * @param steps of the block that are taken, from the first on; all of a method alone
   */
  boolean keeps(PruneConfig block, int row, int steps) {
    return block.steps() == null
        ? Arrays.binarySearch(select(block).kept(), row) >= 0
        : Pruning.steps(rows, block, losses, seed, progress, findings).keeps(row, steps);
  }
}
