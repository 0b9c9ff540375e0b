package io.winnow.train;

import io.winnow.files.AtomicFile;
import io.winnow.files.AtomicFolder;
import io.winnow.files.FileFailure;
import io.winnow.files.Json;
import io.winnow.files.Sha256;
import io.winnow.optim.Optimizer;
import io.winnow.tensor.Scope;
import io.winnow.weights.Safetensors;
import io.winnow.weights.StateDict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/**
 * The checkpoints of one run: folders {@code step-NNNNNNNNN} with {@code weights.safetensors} (as
 * trained), {@code ema.safetensors}, {@code optimizer.safetensors}, {@code state.json} and {@code
 * SHA256SUMS}. A folder is complete or invisible; the last two are kept, and where the newest turns
 * out to be damaged the one before it serves.
 */
final class Checkpoints {
  private static final String WEIGHTS = "weights.safetensors";
  private static final String AVERAGE = "ema.safetensors";
  private static final String OPTIMIZER = "optimizer.safetensors";
  private static final String STATE = "state.json";
  private static final String SUMS = "SHA256SUMS";
  private static final List<String> FILES = List.of(WEIGHTS, AVERAGE, OPTIMIZER, STATE);
  private static final String KIND = "optimizer";
  private static final int KEPT = 2;

  /** What checkpoints were of before they said it. */
  private static final Map<String, String> BEFORE = Map.of(KIND, "adam", "objective", "eps");

  private final Path folder;

  /** The live tensors that a checkpoint holds. */
  record Live(Map<String, Tensor> weights, Map<String, Tensor> average, Optimizer optimizer) {
    /** The same tensors for a file. */
    Tensors tensors() {
      return new Tensors(weights, average, optimizer.state(), optimizer.kind());
    }
  }

  /** What a checkpoint's files hold; {@code kind} is the optimiser's. */
  record Tensors(
      Map<String, Tensor> weights,
      Map<String, Tensor> average,
      Map<String, Tensor> optimizer,
      String kind) {}

  /** A checkpoint that was loaded. */
  record Loaded(Snapshot snapshot, Path folder) {}

  Checkpoints(Path folder) {
    this.folder = folder;
  }

  /** Writes a checkpoint; it and the one before it stay. */
  Path write(Tensors live, Snapshot snapshot) {
    Path target =
        folder.resolve(String.format(Locale.ROOT, "step-%09d", snapshot.position().step()));
    Map<String, String> metadata = Map.of("format", "pt");
    AtomicFolder.write(
        target,
        place -> {
          Safetensors.write(place.resolve(WEIGHTS), live.weights(), metadata);
          Safetensors.write(place.resolve(AVERAGE), live.average(), metadata);
          Safetensors.write(
              place.resolve(OPTIMIZER),
              live.optimizer(),
              Map.of("format", "pt", KIND, live.kind()));
          Json.write(place.resolve(STATE), snapshot);
          AtomicFile.writeString(place.resolve(SUMS), sums(place));
        });
    keepNewest(KEPT);
    return target;
  }

  /** Removes all but the newest {@code count} checkpoints. */
  void keepNewest(int count) {
    List<Path> all = newestFirst();
    all.subList(Math.min(count, all.size()), all.size()).forEach(Checkpoints::delete);
  }

  /**
   * Loads the newest checkpoint that is whole into the live tensors; damaged ones are named to the
   * listener and removed, and so is what a killed process left half written.
   *
   * @return null where there is none
   * @throws IllegalArgumentException when the checkpoint is whole but of another run
   */
  Loaded load(Live live, Map<String, String> identity, TrainListener listener) {
    removeLeftovers();
    for (Path checkpoint : newestFirst()) {
      String damage = damage(checkpoint);
      if (damage == null) {
        Snapshot snapshot = Json.read(checkpoint.resolve(STATE), Snapshot.class);
        Map<String, String> theirs = new TreeMap<>(BEFORE);
        theirs.putAll(snapshot.identity());
        theirs.putAll(optimizer(checkpoint));
        Map<String, String> ours = new TreeMap<>(identity);
        ours.put(KIND, live.optimizer().kind());
        if (!ours.get(KIND).equals(theirs.get(KIND))) {
          ours.remove(ours.get(KIND)); // constants of a rule that the checkpoint knows nothing of
        }
        refuseAnotherRun(checkpoint, theirs, ours);
        load(checkpoint.resolve(WEIGHTS), live.weights());
        load(checkpoint.resolve(AVERAGE), live.average());
        load(checkpoint.resolve(OPTIMIZER), live.optimizer().state());
        return new Loaded(snapshot, checkpoint);
      }
      listener.onWarning(
          checkpoint + ": damaged (" + damage + "); going on from the checkpoint before it.");
      delete(checkpoint);
    }
    return null;
  }

  private static void load(Path file, Map<String, Tensor> into) {
    try (Scope scope = Scope.open()) {
      StateDict.load(into, Safetensors.read(file), file.toString());
    }
  }

  /** Whose state a checkpoint holds, where it says so. */
  private static Map<String, String> optimizer(Path checkpoint) {
    try (Safetensors.Reader reader = Safetensors.open(checkpoint.resolve(OPTIMIZER))) {
      String kind = reader.metadata().get(KIND);
      return kind == null ? Map.of() : Map.of(KIND, kind);
    }
  }

  private static String sums(Path place) {
    StringBuilder sums = new StringBuilder();
    for (String file : FILES) {
      sums.append(Sha256.of(place.resolve(file))).append("  ").append(file).append('\n');
    }
    return sums.toString();
  }

  /** What is wrong with a checkpoint, in words; null for nothing. */
  private static String damage(Path checkpoint) {
    for (String file : FILES) {
      if (!Files.isRegularFile(checkpoint.resolve(file))) {
        return file + " is missing";
      }
    }
    try {
      List<String> written = Files.readAllLines(checkpoint.resolve(SUMS));
      List<String> found = sums(checkpoint).lines().toList();
      for (int i = 0; i < FILES.size(); i++) {
        if (i >= written.size() || !written.get(i).equals(found.get(i))) {
          return FILES.get(i) + " does not have the hash that " + SUMS + " gives";
        }
      }
      return null;
    } catch (IOException e) {
      return SUMS + ": " + FileFailure.reason(e);
    }
  }

  private static void refuseAnotherRun(
      Path checkpoint, Map<String, String> theirs, Map<String, String> ours) {
    List<String> differences = new ArrayList<>();
    ours.forEach(
        (name, value) -> {
          if (!value.equals(theirs.get(name))) {
            differences.add(name + " was " + theirs.get(name) + " and is now " + value);
          }
        });
    if (!differences.isEmpty()) {
      throw new IllegalArgumentException(
          checkpoint
              + ": belongs to another run; "
              + String.join("; ", differences)
              + ". Undo the change to go on from it, or remove "
              + checkpoint.getParent()
              + " to start anew.");
    }
  }

  private List<Path> newestFirst() {
    return list(name -> name.matches("step-\\d{9,}"));
  }

  private void removeLeftovers() {
    list(name -> name.startsWith(".step-") && name.contains(".tmp-")).forEach(Checkpoints::delete);
  }

  private List<Path> list(Predicate<String> wanted) {
    if (!Files.isDirectory(folder)) {
      return new ArrayList<>();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return new ArrayList<>(
          entries
              .filter(entry -> wanted.test(entry.getFileName().toString()))
              .sorted(Comparator.comparing((Path p) -> p.getFileName().toString()).reversed())
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException(
          folder + ": could not be listed (" + FileFailure.reason(e) + ")", e);
    }
  }

  private static void delete(Path checkpoint) {
    try {
      AtomicFolder.delete(checkpoint);
    } catch (IOException e) {
      throw new UncheckedIOException(
          checkpoint + ": could not be removed (" + FileFailure.reason(e) + ")", e);
    }
  }
}
