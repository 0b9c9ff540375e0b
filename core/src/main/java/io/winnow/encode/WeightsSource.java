package io.winnow.encode;

import io.winnow.files.FileFailure;
import io.winnow.files.Sha256;
import io.winnow.weights.Checkpoint;
import io.winnow.weights.KnownNetworks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/**
 * A file of weights that an encoder is to be made of.
 *
 * @param file to read
 * @param record what Winnow wrote beside a classifier of its own, if it is one
 */
record WeightsSource(Path file, Optional<ClassifierRecord> record) {
  private static final Pattern PART = Pattern.compile(".*-\\d{5}-of-\\d{5}\\.\\w+");

  /** A file, or a folder of {@link ClassifierTraining}. */
  static WeightsSource of(Path path) {
    boolean folder = Files.isDirectory(path) && ClassifierRecord.isFinished(path);
    Path file = folder ? path.resolve(ClassifierRecord.WEIGHTS) : path;
    if (!Files.exists(file)) {
      throw new IllegalArgumentException(
          file + ": no such file of weights. See winnow weights list for where to get it.");
    }
    if (PART.matcher(file.getFileName().toString()).matches()) {
      throw new IllegalArgumentException(
          file
              + ": is one part of a file in several; expected all of them. Give the"
              + " .safetensors.index.json beside it.");
    }
    Path beside = file.resolveSibling(ClassifierRecord.RECORD);
    boolean own =
        file.getFileName().toString().equals(ClassifierRecord.WEIGHTS)
            && Files.isRegularFile(beside);
    return new WeightsSource(
        file, own ? Optional.of(ClassifierRecord.read(file.resolveSibling(""))) : Optional.empty());
  }

  /** The state dict, in the caller's scope. */
  Map<String, Tensor> read() {
    require(
        !Files.isDirectory(file),
        "is a folder; expected a file of weights. Name the file in it, or the"
            + " .safetensors.index.json of a file in several parts.");
    return Checkpoint.read(file);
  }

  /** Refuses a state dict of another architecture, saying which one it looks like. */
  void requireKeys(Map<String, Tensor> state, String... keys) {
    List<String> missing = Stream.of(keys).filter(key -> !state.containsKey(key)).toList();
    require(
        missing.isEmpty(),
        "has no "
            + String.join(", ", missing)
            + "."
            + KnownNetworks.guess(state).map(n -> " The file looks like " + n + ".").orElse("")
            + " Give the weights of this encoder's network, see winnow weights list.");
  }

  void require(boolean fits, String otherwise) {
    if (!fits) {
      throw new IllegalArgumentException(file + ": " + otherwise);
    }
  }

  /** Hash of the file; of a sharded file its index and shards; of a folder all weights in it. */
  String sha256() {
    if (Files.isDirectory(file)) {
      return sha256(file, weightsIn(file));
    }
    return file.toString().endsWith(".index.json")
        ? sha256(file.toAbsolutePath().getParent(), Checkpoint.files(file.toAbsolutePath()))
        : Sha256.of(file);
  }

  private static String sha256(Path folder, List<Path> files) {
    StringBuilder all = new StringBuilder();
    for (Path each : files) {
      all.append(folder.relativize(each)).append(' ').append(Sha256.of(each)).append('\n');
    }
    return Sha256.of(all.toString());
  }

  private static List<Path> weightsIn(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(f -> f.toString().endsWith(".safetensors") || f.toString().endsWith(".json"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw FileFailure.unreadable(folder, e);
    }
  }
}
