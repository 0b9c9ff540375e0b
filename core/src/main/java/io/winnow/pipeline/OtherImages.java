package io.winnow.pipeline;

import io.winnow.artifact.RunLayout;
import io.winnow.config.OrNull;
import io.winnow.data.Dataset;
import io.winnow.data.DatasetConfig;
import io.winnow.data.Datasets;
import io.winnow.data.Inventory;
import io.winnow.files.Fingerprint;
import io.winnow.files.Json;
import io.winnow.files.Sha256;
import io.winnow.tensor.Workers;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Images beside those of the data set: held-out ones that no model of a run has seen, or a data set
 * that the samples are compared with.
 */
final class OtherImages {
  /** Identity where there are none. */
  static final String NONE = "none";

  private final @OrNull DatasetConfig config;
  private final long seed;
  private final Path remembered;

  /**
   * The file that remembers what was read.
   *
   * @param source hash of the configuration and of the {@link Fingerprint} of the files
   * @param hash of the images, as {@link Inventory#hash}
   */
  record Stored(String source, String hash) {}

  private OtherImages(@OrNull DatasetConfig config, long seed, Path remembered) {
    this.config = config;
    this.seed = seed;
    this.remembered = remembered;
  }

  /**
   * Images of the data set's kind that no model of a run has seen.
   *
   * @param run remembers the identity of the images
   */
  static OtherImages heldOut(Recipe recipe, RunLayout run) {
    DatasetConfig data = recipe.dataset();
    String split = recipe.evaluate().heldOut();
    boolean shapes = data.type() == DatasetConfig.Type.SHAPES;
    return new OtherImages(
        split.isEmpty() ? null : at(data, data.path(), shapes ? data.split() : split),
        shapes ? recipe.seed() + 1 : recipe.seed(),
        run.heldOut());
  }

  /** What samples are compared with in place of the images that were trained on. */
  static OtherImages reference(Recipe recipe, RunLayout run) {
    return new OtherImages(referenceConfig(recipe), recipe.seed(), run.reference());
  }

  /** Opens the images of {@link #reference}; null where the recipe names none. */
  static @OrNull Dataset openReference(Recipe recipe) {
    DatasetConfig config = referenceConfig(recipe);
    return config == null ? null : Datasets.open(config, recipe.seed());
  }

  private static @OrNull DatasetConfig referenceConfig(Recipe recipe) {
    String path = recipe.evaluate().reference();
    return path == null ? null : at(recipe.dataset(), path, recipe.dataset().split());
  }

  private static DatasetConfig at(DatasetConfig data, @OrNull String path, String split) {
    boolean drawn = data.type() == DatasetConfig.Type.SHAPES;
    return new DatasetConfig(
        drawn && path != null ? DatasetConfig.Type.IMAGE_FOLDER : data.type(),
        path,
        split,
        data.size(),
        data.resize(),
        data.maxPixels(),
        data.maxBadShare(),
        data.count());
  }

  /**
   * Opens them in their own size; the caller closes them.
   *
   * @return null where the recipe wants none
   * @throws IllegalArgumentException when there is no such split
   */
  @OrNull
  Dataset open() {
    return config == null ? null : Datasets.open(config, seed);
  }

  /**
   * What identifies them: their names, labels and contents, read again only where a file was
   * touched; {@link #NONE} where there are none.
   */
  String identity() {
    if (config == null) {
      return NONE;
    }
    if (config.type() == DatasetConfig.Type.SHAPES) {
      return Sha256.of("shapes " + config.count() + " " + seed);
    }
    String source = Sha256.of(Json.string(config) + Fingerprint.of(Path.of(config.path())));
    if (Files.exists(remembered)) {
      Stored stored = Json.read(remembered, Stored.class);
      if (stored.source().equals(source)) {
        return stored.hash();
      }
    }
    String hash = read();
    Json.write(remembered, new Stored(source, hash));
    return hash;
  }

  private String read() {
    try (Dataset dataset = open()) {
      return Inventory.hashOf(dataset, Workers.readers());
    } catch (IllegalArgumentException e) {
      return NONE; // no such split: measured without, which the listener is told then
    }
  }
}
