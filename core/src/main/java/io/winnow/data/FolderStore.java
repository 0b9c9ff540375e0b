package io.winnow.data;

import io.winnow.files.FileFailure;
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
          folder + ": could not be listed (" + FileFailure.reason(e) + ")", e);
    } catch (UncheckedIOException e) {
      throw new UncheckedIOException(
          folder + ": could not be listed (" + FileFailure.reason(e.getCause()) + ")",
          e.getCause());
    }
  }

  @Override
  public byte[] read(String path) {
    try {
      return Files.readAllBytes(folder.resolve(path));
    } catch (IOException e) {
      throw FileFailure.unreadable(folder.resolve(path), e);
    }
  }

  @Override
  public void close() {
    // Files are opened one by one.
  }
}
