package io.winnow.artifact;

import io.winnow.config.OrNull;
import io.winnow.files.Json;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code diagnostics.json}: what a selection kept of what there was, by its features. Distances are
 * Euclidean, in the space of the encoder that selected.
 *
 * @param rows of the whole set
 * @param kept of them
 * @param classes in label order
 * @param clusters of k-means, the largest first; empty where no features were used
 * @param coverage of what was dropped; null where nothing was, or no features were used
 * @param frechetDistance squared, between the kept rows and all; null where fewer than two are kept
 *     or no features were used
 * @param precision share of the kept rows inside the ball of a dropped one (to its third
 *     neighbour): how ordinary they are; null where there are too few
 * @param recall share of the dropped rows inside the ball of a kept one; null where there are too
 *     few
 * @param compared rows that precision and recall were taken from on either side, at most
 * @param overlap with another selection; null where none was given
 */
public record SelectionDiagnostics(
    int rows,
    int kept,
    List<Share> classes,
    List<Share> clusters,
    @OrNull Coverage coverage,
    @OrNull Double frechetDistance,
    @OrNull Double precision,
    @OrNull Double recall,
    int compared,
    @OrNull Overlap overlap) {
  public SelectionDiagnostics {
    classes = List.copyOf(classes);
    clusters = List.copyOf(clusters);
  }

  /** How much of a part was kept. */
  public record Share(String name, int rows, int kept) {
    /** In [0, 1]. */
    public double share() {
      return (double) kept / Math.max(1, rows);
    }
  }

  /**
   * Distances of dropped rows to the nearest kept one.
   *
   * @param percentile95 with linear interpolation
   * @param measured rows that were looked at: all dropped ones, or as many drawn
   */
  public record Coverage(double mean, double percentile95, double largest, int measured) {}

  /**
   * Two selections from the same rows.
   *
   * @param other which one
   * @param both rows that both keep
   * @param jaccard both over either
   * @param share both over those kept here
   * @param byChance the share that draws of the other's size would give
   */
  public record Overlap(String other, int both, double jaccard, double share, double byChance) {}

  /** The same beside another selection. */
  public SelectionDiagnostics with(Overlap beside) {
    return new SelectionDiagnostics(
        rows,
        kept,
        classes,
        clusters,
        coverage,
        frechetDistance,
        precision,
        recall,
        compared,
        beside);
  }

  /** Reads {@code diagnostics.json}. */
  public static SelectionDiagnostics read(Path file) {
    return Json.read(file, SelectionDiagnostics.class);
  }

  /** Writes {@code diagnostics.json}, atomically. */
  public void write(Path file) {
    Json.write(file, this);
  }
}
