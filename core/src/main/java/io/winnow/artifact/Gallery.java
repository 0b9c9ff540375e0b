package io.winnow.artifact;

import io.winnow.files.Json;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code report-data/gallery.json}: thumbnails of kept and dropped images, for the report. The PNG
 * files lie beside it under {@code gallery/kept/CLASS} and {@code gallery/dropped/CLASS}.
 */
public record Gallery(List<Thumbnail> thumbnails) {
  public Gallery {
    thumbnails = List.copyOf(thumbnails);
  }

  /**
   * One image.
   *
   * @param png path relative to {@code report-data}, with forward slashes
   * @param id of the sample
   * @param score NaN when the method gives none
   */
  public record Thumbnail(
      String png, String id, String className, double score, boolean kept, String reason) {}

  /** Reads {@code gallery.json}. */
  public static Gallery read(Path file) {
    return Json.read(file, Gallery.class);
  }

  /** Writes {@code gallery.json}, atomically. */
  public void write(Path file) {
    Json.write(file, this);
  }
}
