package io.winnow.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.EnumSet;
import java.util.HexFormat;

/**
 * Names, sizes and times of files: tells without reading them whether a data set was touched since
 * it was last read. It only decides whether to read again; what a data set is, its contents say
 * ({@code Inventory.hash}). Links are followed, as a data set follows them.
 *
 * <p>It cannot see what leaves size, time and change time as they were: nothing that goes through
 * the file system of Linux or macOS, where every write sets the change time and no program chooses
 * it; but a damaged disk, a clock set back, and, where the file system has no change time
 * (Windows), another content of the same size with its old time put back. Deleting {@code
 * inventory.json} has everything read again.
 */
public final class Fingerprint {
  private Fingerprint() {}

  /** Of a file, or of everything below a folder, in no particular order. */
  public static String of(Path path) {
    byte[] sum = new byte[Sha256.digest().getDigestLength()];
    try {
      Files.walkFileTree(
          path,
          EnumSet.of(FileVisitOption.FOLLOW_LINKS),
          Integer.MAX_VALUE,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              MessageDigest digest = Sha256.digest();
              String line = path.relativize(file) + "\n" + FileState.of(file, attributes).touched();
              byte[] one = digest.digest(line.getBytes(StandardCharsets.UTF_8));
              for (int i = 0; i < sum.length; i++) {
                sum[i] += one[i];
              }
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw FileFailure.unreadable(path, e);
    }
    return HexFormat.of().formatHex(sum);
  }
}
