package io.winnow.pipeline;

import io.winnow.artifact.Quarantine;
import io.winnow.artifact.RunLayout;
import io.winnow.config.OrNull;
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
import io.winnow.tensor.Workers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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
  private final int stands; // for so many images, where these are a few of them
  private ImageSource images;

  private RunData(DatasetConfig config, Dataset all, Inventory inventory, int stands) {
    this.config = config;
    this.all = all;
    this.inventory = inventory;
    this.stands = stands;
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
      return new RunData(config, dataset, inventory, inventory.items().size());
    } catch (RuntimeException e) {
      dataset.close();
      throw e;
    }
  }

  /**
   * The data set by its list alone: no image was read, and none counts as bad.
   *
   * @throws IllegalArgumentException when it cannot be trained on
   */
  static RunData unread(DatasetConfig config, long seed) {
    Dataset dataset = Datasets.open(config, seed);
    return new RunData(config, dataset, listed(dataset), dataset.size());
  }

  /** The data set with what a run has found in it; null where the run has read another one. */
  static @OrNull RunData known(DatasetConfig config, long seed, RunLayout run) {
    Inventory inventory = stored(source(config, seed), run);
    return inventory == null
        ? null
        : new RunData(config, Datasets.open(config, seed), inventory, inventory.items().size());
  }

  /**
   * A few of the images, which stand for all of them: as they would, they stay in memory or not.
   */
  RunData few(int[] positions) {
    Dataset few = Datasets.subset(good, positions);
    return new RunData(config, few, listed(few), good.size());
  }

  private static Inventory listed(Dataset dataset) {
    List<Inventory.Item> items = new ArrayList<>();
    for (int i = 0; i < dataset.size(); i++) {
      items.add(new Inventory.Item(i, dataset.id(i), "", dataset.label(i), 0, 0));
    }
    return new Inventory(items, List.of(), "unread " + items.size());
  }

  private static Inventory inventory(
      DatasetConfig config, long seed, Dataset dataset, RunLayout run, Progress listener) {
    String source = source(config, seed);
    Inventory known = stored(source, run);
    if (known != null) {
      return known;
    }
    Inventory inventory = Inventory.of(dataset, Workers.readers(), listener);
    new Quarantine(
            dataset.size(),
            inventory.bad().stream().map(b -> new Quarantine.Bad(b.id(), b.reason())).toList())
        .write(run.quarantine());
    Json.write(run.inventory(), new Stored(source, inventory));
    return inventory;
  }

  private static @OrNull Inventory stored(String source, RunLayout run) {
    if (!Files.exists(run.inventory())) {
      return null;
    }
    Stored stored = Json.read(run.inventory(), Stored.class);
    return stored.source().equals(source) ? stored.inventory() : null;
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
      ImageSource streamed = streamed();
      images =
          heldBytes(streamed) == 0
              ? streamed
              : DecodedImages.load(good, config.size(), config.resize(), Workers.readers());
    }
    return images;
  }

  /** Decodes the first one at most, whose size is that of all. */
  private ImageSource streamed() {
    return new StreamedImages(good, config.size(), config.resize(), Workers.readers());
  }

  /** Height of the training images in pixels, which need not be decoded for it. */
  int height() {
    return (images == null ? streamed() : images).height();
  }

  /** Their width. */
  int width() {
    return (images == null ? streamed() : images).width();
  }

  /** Bytes of all training images in memory; 0 where they are decoded as they are needed. */
  long heldBytes() {
    return heldBytes(images());
  }

  private long heldBytes(ImageSource source) {
    long bytes = 3L * source.height() * source.width() * stands;
    return bytes > IN_MEMORY_BYTES ? 0 : bytes;
  }

  @Override
  public void close() {
    if (images instanceof DecodedImages decoded) {
      decoded.close();
    }
    all.close();
  }
}
