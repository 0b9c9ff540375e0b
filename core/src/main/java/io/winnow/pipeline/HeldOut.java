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
import java.nio.file.Files;
import java.nio.file.Path;

/** Images of the data set's kind that no model of a run has seen. */
final class HeldOut {
  /** Identity where there are none. */
  static final String NONE = "none";

  private final @OrNull DatasetConfig config;
  private final long seed;
  private final Path remembered;

  /**
   * {@code held-out.json}.
   *
   * @param source hash of the configuration and of the {@link Fingerprint} of the files
   * @param hash of the images, as {@link Inventory#hash}
   */
  record Stored(String source, String hash) {}

  /**
   * @param run remembers the identity of the images
   */
  HeldOut(Recipe recipe, RunLayout run) {
    DatasetConfig data = recipe.dataset();
    boolean shapes = data.type() == DatasetConfig.Type.SHAPES;
    this.config =
        recipe.evaluate().heldOut().isEmpty()
            ? null
            : new DatasetConfig(
                data.type(),
                data.path(),
                shapes ? data.split() : recipe.evaluate().heldOut(),
                data.size(),
                data.resize(),
                data.maxPixels(),
                data.maxBadShare(),
                data.count());
    this.seed = shapes ? recipe.seed() + 1 : recipe.seed();
    this.remembered = run.heldOut();
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
      return Inventory.hashOf(dataset, Runtime.getRuntime().availableProcessors());
    } catch (IllegalArgumentException e) {
      return NONE; // no such split: measured without, which the listener is told then
    }
  }
}
