package io.winnow.artifact;

import io.winnow.files.Json;
import java.nio.file.Path;
import java.util.List;

/** All metrics of a run: {@code metrics.json}. */
public record Metrics(List<Metric> metrics) {
  public Metrics {
    metrics = List.copyOf(metrics);
  }

  /** Reads {@code metrics.json}. */
  public static Metrics read(Path file) {
    return Json.read(file, Metrics.class);
  }

  /** Writes {@code metrics.json}, atomically. */
  public void write(Path file) {
    Json.write(file, this);
  }
}
