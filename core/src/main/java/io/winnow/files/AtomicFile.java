package io.winnow.files;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes a file beside its place, syncs it and renames it, so that a reader (or a restart after
 * {@code kill -9}) sees the old content or the new one and never a part.
 */
public final class AtomicFile {
  private static final String TEMPORARY = ".tmp-";
  private static final Pattern ABANDONED =
      Pattern.compile("\\..+" + Pattern.quote(TEMPORARY) + "(\\d{1,18})");

  private AtomicFile() {}

  /** Something that fills a stream. */
  @FunctionalInterface
  public interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Something that fills the file at a given path (for writers that insist on opening it
   * themselves).
   */
  @FunctionalInterface
  public interface PathContent {
    void writeTo(Path temporary) throws IOException;
  }

  /**
   * Writes {@code target} atomically; parent folders are created.
   *
   * @throws UncheckedIOException naming the path, when the disk is full or the place is read-only;
   *     {@code target} is then as before
   */
  public static void write(Path target, Content content) {
    writePath(
        target,
        temporary -> {
          try (OutputStream out =
              new BufferedOutputStream(
                  Channels.newOutputStream(
                      FileChannel.open(
                          temporary,
                          StandardOpenOption.CREATE,
                          StandardOpenOption.TRUNCATE_EXISTING,
                          StandardOpenOption.WRITE)),
                  1 << 16)) {
            content.writeTo(out);
          }
        });
  }

  /** As {@link #write}, for content that opens the temporary file itself. */
  public static void writePath(Path target, PathContent content) {
    Path temporary = beside(target);
    try {
      Path parent = target.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      content.writeTo(temporary);
      sync(temporary);
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      syncFolder(parent);
    } catch (IOException e) {
      deleteQuietly(temporary);
      throw FileFailure.unwritable(target, e);
    } catch (RuntimeException | Error e) {
      deleteQuietly(temporary);
      throw e;
    }
  }

  /** Writes text as UTF-8. */
  public static void writeString(Path target, String text) {
    write(target, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  static Path beside(Path target) {
    Path name = target.getFileName();
    return target.resolveSibling("." + name + TEMPORARY + ProcessHandle.current().pid());
  }

  /** Whether this is the name of what a process writes that is no longer there. */
  static boolean isAbandoned(Path path) {
    Matcher parts = ABANDONED.matcher(path.getFileName().toString());
    return parts.matches() && ProcessHandle.of(Long.parseLong(parts.group(1))).isEmpty();
  }

  static void sync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /**
   * Makes a rename durable where the file system allows opening a folder; elsewhere the rename
   * itself has to do.
   */
  static void syncFolder(Path folder) {
    if (folder == null) {
      return;
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Windows refuses to open folders; the file itself is already synced.
      return;
    }
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // The first failure is the one to report.
      return;
    }
  }
}
