package io.winnow.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a stage wrote, as one hash: tells whether it still stands as it was left. Every file counts
 * by its content. Large ones are read once and then known by their {@link FileState}, which a
 * hidden file of the run's folder remembers; without that file they are read again.
 */
public final class ContentHash {
  /** Smaller files are read whenever they are asked for. */
  static final long REMEMBER_FROM_BYTES = 1L << 26;

  /** Name of the memory in a run's folder; hidden files are no part of any hash. */
  static final String MEMORY = ".hashes.json";

  /** What stands in the place of the hash of something that is not there. */
  static final String ABSENT = "absent";

  /** A file younger than this may be written to again without a new time. */
  private static final Duration QUIET = Duration.ofSeconds(2);

  private final Path memory; // null: writes nothing down
  private final long rememberFromBytes;
  private final Clock clock;
  private final Map<String, Known> known = new TreeMap<>();

  /**
   * A large file as it was when it was read.
   *
   * @param sha256 of its content
   */
  record Known(FileState state, String sha256) {}

  /**
   * The memory's file.
   *
   * @param files by absolute path
   */
  record Memory(Map<String, Known> files) {
    Memory {
      files = files == null ? Map.of() : Map.copyOf(files);
    }
  }

  private ContentHash(Path memory, long rememberFromBytes, Clock clock) {
    this.memory = memory;
    this.rememberFromBytes = rememberFromBytes;
    this.clock = clock;
  }

  /** Hashes that a run's folder remembers. */
  public static ContentHash in(Path folder) {
    return in(folder, REMEMBER_FROM_BYTES, Clock.systemUTC());
  }

  static ContentHash in(Path folder, long rememberFromBytes, Clock clock) {
    ContentHash hashes = new ContentHash(folder.resolve(MEMORY), rememberFromBytes, clock);
    hashes.recall(hashes.memory);
    return hashes;
  }

  /** Hashes that a run's folder remembers, for whoever leaves nothing there. */
  public static ContentHash readingIn(Path folder) {
    ContentHash hashes = new ContentHash(null, REMEMBER_FROM_BYTES, Clock.systemUTC());
    hashes.recall(folder.resolve(MEMORY));
    return hashes;
  }

  /** Hash of what is there now, every file read; see {@link #hash}. */
  public static String of(Path path) {
    return new ContentHash(null, Long.MAX_VALUE, Clock.systemUTC()).hash(path);
  }

  /** A memory that cannot be read is none: the files themselves are still there. */
  private void recall(Path file) {
    if (Files.exists(file)) {
      try {
        known.putAll(Json.read(file, Memory.class).files());
      } catch (IllegalArgumentException e) {
        known.clear();
      }
    }
  }

  /** Hash of a file, or of every file below a folder with its name; hidden files are left out. */
  public String hash(Path path) {
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

  private String file(Path file) {
    try {
      return Files.size(file) < rememberFromBytes ? Sha256.of(file) : large(file);
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  private String large(Path file) throws IOException {
    FileState before = FileState.of(file);
    String name = file.toAbsolutePath().normalize().toString();
    Known found = known.get(name);
    if (found != null && found.state().equals(before)) {
      return found.sha256();
    }
    boolean quiet = before.quietFor(QUIET, clock.instant());
    String sha256 = Sha256.of(file);
    if (quiet && before.equals(FileState.of(file))) {
      known.put(name, new Known(before, sha256));
      if (memory != null) {
        Json.write(memory, new Memory(known));
      }
    }
    return sha256;
  }
}
