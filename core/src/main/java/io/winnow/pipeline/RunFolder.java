package io.winnow.pipeline;

import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.config.ConfigException;
import io.winnow.config.StrictYaml;
import io.winnow.data.DatasetConfig;
import io.winnow.files.AtomicFile;
import io.winnow.files.AtomicFolder;
import io.winnow.files.FileFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** A run's folder while a process works in it: its recipe, its record, and a lock on both. */
final class RunFolder implements AutoCloseable {
  private final RunLayout layout;
  private final FileChannel lockChannel;
  private final RunRecord record;

  private RunFolder(RunLayout layout, FileChannel lockChannel, RunRecord record) {
    this.layout = layout;
    this.lockChannel = lockChannel;
    this.record = record;
  }

  /**
   * Opens a run's folder, or makes it.
   *
   * @param hardware for the record
   * @throws IllegalArgumentException when it belongs to another recipe, or another process works in
   *     it
   * @throws UncheckedIOException when it cannot be written
   */
  static RunFolder open(
      Path path, StrictYaml.Resolved<Recipe> resolved, Map<String, String> hardware) {
    RunLayout layout = new RunLayout(path);
    Path file = layout.record();
    refuseForeign(path, file);
    FileChannel lock = lock(layout);
    try {
      AtomicFolder.deleteAbandoned(path);
      Map<String, RunRecord.Stage> stages = Map.of();
      if (Files.exists(file)) {
        stages = RunRecord.read(file).stages();
        if (!stages.isEmpty()) {
          reopen(layout, requireSameRun(layout, resolved.value()), resolved.value());
        }
      }
      RunRecord record =
          new RunRecord(
              resolved.value().name(), resolved.sha256(), stages, Hardware.versions(), hardware);
      record.write(file); // first, as a folder without it belongs to no run
      AtomicFile.writeString(layout.recipe(), resolved.yaml());
      return new RunFolder(layout, lock, record);
    } catch (RuntimeException e) {
      close(lock);
      throw e;
    }
  }

  /** A folder with something else in it is not taken over. */
  private static void refuseForeign(Path path, Path record) {
    if (!Files.exists(path) || Files.exists(record)) {
      return;
    }
    if (!Files.isDirectory(path)) {
      throw new IllegalArgumentException(
          path + ": a file, expected a folder for the run. Choose another with --out.");
    }
    try (Stream<Path> inside = Files.list(path)) {
      if (inside.anyMatch(p -> !p.getFileName().toString().startsWith("."))) {
        throw new IllegalArgumentException(
            path
                + ": not empty and no run (no run.json); expected a new folder or that of a run."
                + " Choose another with --out.");
      }
    } catch (IOException e) {
      throw FileFailure.unreadable(path, e);
    }
  }

  /** What a run leaves at its end goes where its recipe changes: it is at its end no more. */
  private static void reopen(RunLayout layout, Recipe before, Recipe now) {
    if (!before.equals(now.on(before.compute()))) {
      Leftovers.delete(layout.speedUps());
    }
  }

  /**
   * Other stages may change and then run again, and so may the form in which the images are trained
   * on; other images, another seed or name are another run.
   *
   * @return the recipe that stands in the folder
   */
  static Recipe requireSameRun(RunLayout layout, Recipe now) {
    Path path = layout.folder();
    Recipe before;
    try {
      before = StrictYaml.read(Recipe.class, "", layout.recipe(), List.of()).value();
    } catch (ConfigException e) {
      throw new IllegalArgumentException(
          path
              + ": its recipe.yaml is not one of this version of Winnow ("
              + e.problems().get(0)
              + "). Use another folder with --out, or delete this one.",
          e);
    }
    List<String> differences = new ArrayList<>();
    differ(differences, "name", before.name(), now.name());
    differ(differences, "seed", before.seed(), now.seed());
    DatasetConfig had = before.dataset();
    DatasetConfig has = now.dataset();
    differ(differences, "dataset.type", word(had.type()), word(has.type()));
    differ(differences, "dataset.path", had.path(), has.path());
    differ(differences, "dataset.split", had.split(), has.split());
    differ(differences, "dataset.count", had.count(), has.count());
    if (!differences.isEmpty()) {
      throw new IllegalArgumentException(
          path
              + ": made by another recipe ("
              + String.join("; ", differences)
              + "); expected the same name, seed and images. Use another folder with --out, or"
              + " delete this one.");
    }
    return before;
  }

  private static String word(DatasetConfig.Type type) {
    return type.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static void differ(List<String> differences, String key, Object before, Object now) {
    if (!Objects.equals(before, now)) {
      differences.add(key + " was " + before + ", is " + now);
    }
  }

  private static FileChannel lock(RunLayout layout) {
    Path path = layout.folder();
    try {
      Files.createDirectories(path);
      FileChannel channel =
          FileChannel.open(layout.lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        FileLock lock = channel.tryLock();
        if (lock != null) {
          return channel;
        }
      } catch (OverlappingFileLockException e) {
        channel.close();
        throw inUse(path, e);
      }
      channel.close();
      throw inUse(path, null);
    } catch (IOException e) {
      throw new UncheckedIOException(
          path
              + ": cannot be written ("
              + FileFailure.reason(e)
              + "). Choose a folder that can, with --out.",
          e);
    }
  }

  private static IllegalArgumentException inUse(Path path, Exception cause) {
    return new IllegalArgumentException(
        path + ": another process works in this folder. Wait for it, or choose another with --out.",
        cause);
  }

  RunLayout layout() {
    return layout;
  }

  RunRecord record() {
    return record;
  }

  @Override
  public void close() {
    close(lockChannel);
  }

  private static void close(FileChannel lock) {
    try {
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the lock of a run could not be released", e);
    }
  }
}
