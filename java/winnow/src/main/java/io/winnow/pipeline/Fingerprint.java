package io.winnow.pipeline;

import io.winnow.files.FileFailure;
import io.winnow.files.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * Names, sizes and times of files: tells without reading them whether a data set was touched since
 * it was last read.
 */
final class Fingerprint {
  private Fingerprint() {}

  /** Of a file, or of everything below a folder, in no particular order. */
  static String of(Path path) {
    byte[] sum = new byte[Sha256.digest().getDigestLength()];
    try {
      Files.walkFileTree(
          path,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              MessageDigest digest = Sha256.digest();
              String line =
                  path.relativize(file)
                      + "\n"
                      + attributes.size()
                      + "\n"
                      + attributes.lastModifiedTime();
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
