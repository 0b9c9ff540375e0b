package io.winnow.pipeline;

import io.winnow.files.FileFailure;
import io.winnow.files.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** What a stage wrote, as one hash: tells whether it still stands as it was left. */
final class ContentHash {
  /** Larger files (feature shards) are known by their size: reading them would take minutes. */
  private static final long READ_UP_TO_BYTES = 1L << 30;

  /** What stands in the place of the hash of something that is not there. */
  static final String ABSENT = "absent";

  private ContentHash() {}

  /** Hash of a file, or of every file below a folder with its name; hidden files are left out. */
  static String of(Path path) {
    if (!Files.exists(path)) {
      return ABSENT;
    }
    if (Files.isRegularFile(path)) {
      return file(path);
    }
    MessageDigest digest = Sha256.digest();
    for (Path file : filesBelow(path)) {
      String line = path.relativize(file).toString().replace('\\', '/') + "\n" + file(file) + "\n";
      digest.update(line.getBytes(StandardCharsets.UTF_8));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static List<Path> filesBelow(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw FileFailure.unreadable(folder, e);
    }
  }

  private static String file(Path file) {
    try {
      long size = Files.size(file);
      return size > READ_UP_TO_BYTES ? "size " + size : Sha256.of(file);
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }
}
