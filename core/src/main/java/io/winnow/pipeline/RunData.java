package io.winnow.pipeline;

import io.winnow.artifact.Quarantine;
import io.winnow.artifact.RunLayout;
import io.winnow.data.Dataset;
import io.winnow.data.DatasetConfig;
import io.winnow.data.Datasets;
import io.winnow.data.DecodedImages;
import io.winnow.data.ImageSource;
import io.winnow.data.Inventory;
import io.winnow.data.StreamedImages;
import io.winnow.files.Fingerprint;
import io.winnow.files.Json;
import io.winnow.files.Sha256;
import io.winnow.task.Progress;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The images of a run: every sample read and decoded once, the bad ones left out, the training
 * images on demand. What was found is kept in the run folder and read again only when a file of the
 * data set has changed.
 */
final class RunData implements AutoCloseable {
  /** Decoded images up to this size stay in memory; larger sets are decoded as they are needed. */
  private static final long IN_MEMORY_BYTES = 4L << 30;

  /**
   * {@code inventory.json}.
   *
   * @param source hash of the configuration and of the names, sizes and times of the files
   */
  record Stored(String source, Inventory inventory) {}

  private final DatasetConfig config;
  private final Dataset all;
  private final Dataset good;
  private final Inventory inventory;
  private ImageSource images;

  private RunData(DatasetConfig config, Dataset all, Inventory inventory) {
    this.config = config;
    this.all = all;
    this.inventory = inventory;
    this.good = Datasets.without(all, inventory.badIndices());
  }

  /**
   * Opens the data set and checks it.
   *
   * @param run gets the inventory and the quarantine
   * @throws IllegalArgumentException when it cannot be trained on, or when too much of it is bad
   */
  static RunData open(DatasetConfig config, long seed, RunLayout run, Progress listener) {
    Dataset dataset = Datasets.open(config, seed);
    try {
      Inventory inventory = inventory(config, seed, dataset, run, listener);
      inventory.requireFewBad(dataset.name(), config.maxBadShare());
      if (inventory.items().size() < 2) {
        throw new IllegalArgumentException(
            dataset.name() + ": fewer than 2 usable images; see quarantine.json for the reasons");
      }
      return new RunData(config, dataset, inventory);
    } catch (RuntimeException e) {
      dataset.close();
      throw e;
    }
  }

  private static Inventory inventory(
      DatasetConfig config, long seed, Dataset dataset, RunLayout run, Progress listener) {
    String source = source(config, seed);
    Path file = run.inventory();
    if (Files.exists(file)) {
      Stored stored = Json.read(file, Stored.class);
      if (stored.source().equals(source)) {
        return stored.inventory();
      }
    }
    Inventory inventory =
        Inventory.of(dataset, Runtime.getRuntime().availableProcessors(), listener);
    new Quarantine(
            dataset.size(),
            inventory.bad().stream().map(b -> new Quarantine.Bad(b.id(), b.reason())).toList())
        .write(run.quarantine());
    Json.write(file, new Stored(source, inventory));
    return inventory;
  }

  /** Configuration and {@link Fingerprint}: what was read last stands while this does. */
  static String source(DatasetConfig config, long seed) {
    return Sha256.of(
        Json.string(config)
            + (config.type() == DatasetConfig.Type.SHAPES
                ? "seed " + seed
                : Fingerprint.of(Path.of(config.path()))));
  }

  /** The good samples, in the order of {@link Inventory#items}. */
  Dataset dataset() {
    return good;
  }

  Inventory inventory() {
    return inventory;
  }

  /** The configuration that it was opened with. */
  DatasetConfig config() {
    return config;
  }

  int size() {
    return good.size();
  }

  int classCount() {
    return good.classes().size();
  }

  int[] labels() {
    return inventory.items().stream().mapToInt(Inventory.Item::label).toArray();
  }

  /** The training images, decoded on the first call. */
  ImageSource images() {
    if (images == null) {
      int threads = Runtime.getRuntime().availableProcessors();
      StreamedImages streamed = new StreamedImages(good, config.size(), config.resize(), threads);
      long bytes = 3L * streamed.height() * streamed.width() * good.size();
      images =
          bytes > IN_MEMORY_BYTES
              ? streamed
              : DecodedImages.load(good, config.size(), config.resize(), threads);
    }
    return images;
  }

  @Override
  public void close() {
    if (images instanceof DecodedImages decoded) {
      decoded.close();
    }
    all.close();
  }
}
