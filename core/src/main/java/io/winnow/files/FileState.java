package io.winnow.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;

/**
 * What a file system knows of a file without reading it.
 *
 * @param size in bytes
 * @param modified when its content was last written, ISO 8601; any program may set it
 * @param changed when anything of it was last changed, which no program sets; null where the file
 *     system does not keep it
 * @param key identifies the file whatever its name; null where the file system has none
 */
record FileState(long size, String modified, String changed, String key) {
  static FileState of(Path file) throws IOException {
    return of(file, Files.readAttributes(file, BasicFileAttributes.class));
  }

  /**
   * @param attributes of the file, or of a link that leads nowhere
   */
  static FileState of(Path file, BasicFileAttributes attributes) throws IOException {
    boolean unix = file.getFileSystem().supportedFileAttributeViews().contains("unix");
    LinkOption[] links =
        attributes.isSymbolicLink()
            ? new LinkOption[] {LinkOption.NOFOLLOW_LINKS}
            : new LinkOption[0];
    return new FileState(
        attributes.size(),
        text(attributes.lastModifiedTime()),
        unix ? text((FileTime) Files.getAttribute(file, "unix:ctime", links)) : null,
        attributes.fileKey() == null ? null : attributes.fileKey().toString());
  }

  private static String text(FileTime time) {
    return time.toInstant().toString();
  }

  /** Whether nothing of it changed for so long before a moment. */
  boolean quietFor(Duration time, Instant now) {
    Instant before = now.minus(time);
    return Instant.parse(modified).isBefore(before)
        && (changed == null || Instant.parse(changed).isBefore(before));
  }

  /** Size and times, in one line. */
  String touched() {
    return size + " " + modified + " " + changed;
  }
}
