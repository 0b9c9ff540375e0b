package io.winnow.pipeline;

import io.winnow.files.AtomicFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What stages left in a run's folder and nobody needs any more. */
final class Leftovers {
  private Leftovers() {}

  /** Deletes a file, or a folder with everything in it, where there is one. */
  static void delete(Path path) {
    try {
      if (Files.isDirectory(path)) {
        AtomicFolder.delete(path);
      } else {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(path + ": could not be deleted (" + e.getMessage() + ")", e);
    }
  }
}
