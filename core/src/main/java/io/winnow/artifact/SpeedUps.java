package io.winnow.artifact;

import io.winnow.files.Json;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code speed-ups.json}: the coreset against the full data, counted in three ways so that no cost
 * hides.
 */
public record SpeedUps(List<SpeedUp> speedUps) {
  public SpeedUps {
    speedUps = List.copyOf(speedUps);
  }

  /** What is compared. */
  public enum Kind {
    /**
     * One training of the model on the coreset against one on the full data: the paper's number.
     */
    TRAINING_RUN,
    /** As {@link #TRAINING_RUN}, with encoder, reference and proxy on the coreset's side. */
    END_TO_END,
    /** Both sides with the same number of updates: what is left is a difference in quality. */
    EQUAL_STEPS
  }

  /**
   * One comparison, in time and in images that went through a network.
   *
   * @param measured whether the full side was run; otherwise its seconds follow from its images and
   *     this run's images per second
   * @param basis one sentence on where the full side's numbers come from
   */
  public record SpeedUp(
      Kind kind,
      double fullSeconds,
      double coresetSeconds,
      long fullImages,
      long coresetImages,
      boolean measured,
      String basis) {}

  /** Reads {@code speed-ups.json}. */
  public static SpeedUps read(Path file) {
    return Json.read(file, SpeedUps.class);
  }

  /** Writes {@code speed-ups.json}, atomically. */
  public void write(Path file) {
    Json.write(file, this);
  }
}
