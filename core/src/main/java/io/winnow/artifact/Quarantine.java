package io.winnow.artifact;

import io.winnow.files.Json;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code quarantine.json}: samples of the data set that were left out because they cannot be used.
 *
 * @param samples of the data set before any was left out
 * @param bad what was left out, in the order of the data set
 */
public record Quarantine(int samples, List<Bad> bad) {
  public Quarantine {
    bad = List.copyOf(bad);
  }

  /** A sample's id and what is wrong with it. */
  public record Bad(String id, String reason) {}

  /** Reads {@code quarantine.json}. */
  public static Quarantine read(Path file) {
    return Json.read(file, Quarantine.class);
  }

  /** Writes {@code quarantine.json}, atomically. */
  public void write(Path file) {
    Json.write(file, this);
  }
}
