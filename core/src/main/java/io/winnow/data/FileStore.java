package io.winnow.data;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Files by their path inside a folder, a ZIP or a TAR, in one order: by path, compared by UTF-16
 * code units, with '/' between folders. Safe for use by several threads at once; nothing is ever
 * unpacked to the paths that an archive names.
 */
interface FileStore extends AutoCloseable {
  /** Larger files are no pictures; refusing them keeps a small archive from filling the memory. */
  long MAX_FILE_BYTES = 1L << 30;

  /** What files of pictures are named. */
  Set<String> EXTENSIONS = Set.of("jpg", "jpeg", "png", "gif", "bmp", "webp", "tif", "tiff");

  /** Paths of all files, sorted. */
  List<String> paths();

  /**
   * The content of one file.
   *
   * @throws java.io.UncheckedIOException naming it, when it cannot be read
   */
  byte[] read(String path);

  @Override
  void close();

  /** Names of the folders directly under a prefix ("" or ending in '/'), sorted. */
  default SortedSet<String> folders(String prefix) {
    SortedSet<String> names = new TreeSet<>();
    for (String path : paths()) {
      int slash = path.indexOf('/', prefix.length());
      if (path.startsWith(prefix) && slash > 0) {
        names.add(path.substring(prefix.length(), slash));
      }
    }
    return names;
  }

  /** Whether a path looks like a picture that a user put there, by its name. */
  static boolean isImage(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
    String extension = name.substring(name.lastIndexOf('.') + 1);
    return !path.startsWith("__MACOSX/") && !name.startsWith(".") && EXTENSIONS.contains(extension);
  }

  /** Refuses a path that would lead out of the archive, were it unpacked. */
  static String requireInside(Path archive, String path) {
    boolean outside =
        path.startsWith("/")
            || path.indexOf('\\') >= 0
            || path.indexOf(':') == 1
            || (path.contains("..") && Arrays.asList(path.split("/", -1)).contains(".."));
    if (outside) {
      throw new IllegalArgumentException(
          "%s: entry \"%s\" leads out of the archive; such archives are refused. Pack the images anew."
              .formatted(archive, path));
    }
    return path.startsWith("./") ? path.substring(2) : path;
  }
}
