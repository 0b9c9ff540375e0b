package io.winnow.data;

import io.winnow.files.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The files of a folder; links are followed. */
record FolderStore(Path folder, List<String> paths) implements FileStore {
  static FolderStore open(Path folder) {
    try (Stream<Path> files = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
      List<String> paths =
          files
              .filter(Files::isRegularFile)
              .map(file -> folder.relativize(file).toString().replace('\\', '/'))
              .sorted()
              .toList();
      return new FolderStore(folder, paths);
    } catch (IOException e) {
      throw new UncheckedIOException(
          folder + ": could not be listed (" + AtomicFile.reason(e) + ")", e);
    } catch (UncheckedIOException e) {
      throw new UncheckedIOException(
          folder + ": could not be listed (" + AtomicFile.reason(e.getCause()) + ")", e.getCause());
    }
  }

  @Override
  public byte[] read(String path) {
    try {
      return Files.readAllBytes(folder.resolve(path));
    } catch (IOException e) {
      throw new UncheckedIOException(
          folder.resolve(path) + ": could not be read (" + AtomicFile.reason(e) + ")", e);
    }
  }

  @Override
  public void close() {
    // Files are opened one by one.
  }
}
