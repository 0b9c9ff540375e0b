package io.winnow.pipeline;

import io.winnow.artifact.RunRecord;
import io.winnow.config.OrNull;
import io.winnow.files.AtomicFile;
import io.winnow.files.AtomicFolder;
import io.winnow.files.ContentHash;
import io.winnow.files.FileFailure;
import io.winnow.files.Json;
import io.winnow.files.Sha256;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * What several runs share: the outputs of stages, each entry by the hash of the stage's inputs. A
 * run that wants an entry claims it, so that of two that want the same one computes it and the
 * other waits. Entries and runs have their files in common where the file system can (hard links);
 * an entry that does not stand as it was left is computed again.
 */
final class SharedStore {
  private static final long POLL_MILLIS = 200;
  private static final String ENTRY = "entry.json";

  private final Path folder;
  private final Path run;
  private final Progress listener;
  private final BooleanSupplier stop;

  /**
   * {@code entry.json}.
   *
   * @param inputs of the stage
   * @param outputs path inside a run's folder, and inside the entry, to hash
   * @param seconds working time that it took
   * @param images that went through it
   * @param note of the stage
   * @param training what was trained on what; null where nothing was
   */
  record Entry(
      Map<String, String> inputs,
      Map<String, String> outputs,
      double seconds,
      long images,
      @OrNull String note,
      @OrNull RunRecord.Training training) {
    Entry {
      inputs = new LinkedHashMap<>(inputs);
      outputs = new TreeMap<>(outputs);
    }
  }

  /**
   * @param folder of the store, made when it is not there
   * @param run the folder of the run that takes and gives
   */
  SharedStore(Path folder, Path run, Progress listener, BooleanSupplier stop) {
    this.folder = folder;
    this.run = run;
    this.listener = listener;
    this.stop = stop;
  }

  /**
   * Claims an entry, waiting for another process that has it.
   *
   * @throws Interrupted when a stop is requested meanwhile
   */
  Claim claim(StageId stage, Map<String, String> inputs) {
    String name = name(stage, inputs);
    try {
      Files.createDirectories(folder);
      FileChannel channel =
          FileChannel.open(
              folder.resolve("." + name + ".lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE);
      try {
        lock(channel, stage);
        return new Claim(channel, stage, folder.resolve(name));
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          folder
              + ": cannot be written ("
              + FileFailure.reason(e)
              + "). Choose a folder that can, with --store.",
          e);
    }
  }

  private static String name(StageId stage, Map<String, String> inputs) {
    return stage.word() + "-" + Sha256.of(Json.string(inputs)).substring(0, 32);
  }

  /** Where the entry of these inputs would stand in a store. */
  static Path place(Path store, StageId stage, Map<String, String> inputs) {
    return store.resolve(name(stage, inputs));
  }

  /** An entry as it was left; null where there is none, or it does not stand so. */
  static @OrNull Entry read(Path entry) {
    if (!Files.exists(entry)) {
      return null;
    }
    try {
      Entry found = Json.read(entry.resolve(ENTRY), Entry.class);
      boolean stands =
          found.outputs().entrySet().stream()
              .allMatch(o -> ContentHash.of(entry.resolve(o.getKey())).equals(o.getValue()));
      return stands ? found : null;
    } catch (IllegalArgumentException | UncheckedIOException e) {
      return null; // as good as none: it is made again
    }
  }

  private void lock(FileChannel channel, StageId stage) throws IOException {
    boolean told = false;
    while (!tryLock(channel)) {
      if (!told) {
        listener.note(stage.word() + ": another run is at it; waiting for " + folder);
        told = true;
      }
      if (stop.getAsBoolean()) {
        throw new Interrupted(stage.word());
      }
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new Interrupted(stage.word());
      }
    }
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // another run of this process
    }
  }

  /** An entry that nobody else touches until it is closed. */
  final class Claim implements AutoCloseable {
    private final FileChannel lock;
    private final StageId stage;
    private final Path entry;

    private Claim(FileChannel lock, StageId stage, Path entry) {
      this.lock = lock;
      this.stage = stage;
      this.entry = entry;
    }

    /** Puts the entry's files into the run; null where there is none that stands as it was left. */
    @OrNull
    Entry take() {
      AtomicFolder.recover(entry);
      if (!Files.exists(entry)) {
        return null;
      }
      Entry found = read(entry);
      if (found == null) {
        listener.note(stage.word() + ": " + entry + " is damaged; computing it again");
        return null;
      }
      found.outputs().keySet().forEach(name -> share(entry.resolve(name), run.resolve(name)));
      listener.note(stage.word() + ": taken from " + entry);
      return found;
    }

    /** Makes the run's files an entry. */
    void put(Entry made) {
      AtomicFolder.write(
          entry,
          temporary -> {
            for (String name : made.outputs().keySet()) {
              share(run.resolve(name), temporary.resolve(name));
            }
            Json.write(temporary.resolve(ENTRY), made);
          });
    }

    @Override
    public void close() {
      try {
        lock.close();
      } catch (IOException e) {
        throw new UncheckedIOException(entry + ": its lock could not be released", e);
      }
    }
  }

  /** The same file or folder in another place; hidden files are no part of it. */
  private static void share(Path from, Path to) {
    if (!Files.isDirectory(from)) {
      Leftovers.delete(to); // a link is not renamed onto another one of the same file
      AtomicFile.writePath(to, temporary -> link(from, temporary));
      return;
    }
    AtomicFolder.write(
        to,
        temporary -> {
          for (Path file : filesBelow(from)) {
            Path target = temporary.resolve(from.relativize(file).toString());
            Files.createDirectories(target.getParent());
            link(file, target);
          }
        });
  }

  private static void link(Path from, Path to) throws IOException {
    try {
      Files.deleteIfExists(to);
      Files.createLink(to, from);
    } catch (UnsupportedOperationException | IOException e) {
      Files.copy(from, to); // another file system, or one without links
    }
  }

  private static List<Path> filesBelow(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .sorted()
          .toList();
    }
  }
}
