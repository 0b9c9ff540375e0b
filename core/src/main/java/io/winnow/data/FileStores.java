package io.winnow.data;

import java.nio.file.Files;
import java.nio.file.Path;

/** Opens a {@link FileStore} of whatever form stands at a path. */
final class FileStores {
  private FileStores() {}

  /**
   * Opens a folder, or an archive by its content.
   *
   * @throws IllegalArgumentException when there is nothing at the path, or no archive
   */
  static FileStore open(Path path) {
    if (Files.isDirectory(path)) {
      return FolderStore.open(path);
    }
    if (!Files.exists(path)) {
      throw new IllegalArgumentException(
          "dataset.path: " + path + " does not exist. Name a folder, ZIP or TAR (.gz).");
    }
    return ZipStore.recognises(path) ? ZipStore.open(path) : TarStore.open(path);
  }
}
