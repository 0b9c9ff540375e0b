package io.winnow.pipeline;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.FeatureFolder;
import io.winnow.artifact.Features;
import io.winnow.artifact.RunLayout;
import io.winnow.config.ConfigException;
import io.winnow.config.OrNull;
import io.winnow.config.StrictYaml;
import io.winnow.prune.ImageLosses;
import io.winnow.prune.PruneConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a selection came from, by what stands beside its manifest: the recipe of a run, or the
 * settings of a selection from features brought along.
 */
record SelectionFolder(Path path) {
  /** What decided a selection. */
  record Settings(PruneConfig block, long seed) {}

  /**
   * What decided; empty beside a manifest alone.
   *
   * @throws IllegalArgumentException where it was written by another version and cannot be read
   */
  Optional<Settings> settings() {
    if (ofFeatures()) {
      FeaturePruning.Settings given = FeaturePruning.settings(path);
      return Optional.of(new Settings(given.prune(), given.seed()));
    }
    Recipe recipe = recipe();
    return recipe == null
        ? Optional.empty()
        : Optional.of(new Settings(recipe.prune(), recipe.seed()));
  }

  /**
   * The features that selected, opened; where the method looked at none, those that the run has of
   * its encoder all the same, for its evaluation.
   *
   * @return empty where there are none
   */
  Optional<Features> features(Coreset.Selection selection) {
    RunLayout layout = new RunLayout(path);
    if (ofFeatures()) {
      FeaturePruning.Settings given = FeaturePruning.settings(path);
      return Files.exists(given.features().path())
          ? Optional.of(given.features().open(layout.features("given")))
          : Optional.empty();
    }
    Recipe recipe = recipe();
    Path folder = recipe == null ? null : layout.features(recipe.encode().encoder());
    if (folder == null || !FeatureFolder.isFinished(folder)) {
      return Optional.empty();
    }
    Features features = FeatureFolder.read(folder);
    String wanted = selection.encoderHash();
    if (wanted == null || features.encoder().hash().equals(wanted)) {
      return Optional.of(features);
    }
    features.close();
    return Optional.empty();
  }

  /**
   * What the images cost the networks that selected, as the run keeps it.
   *
   * @return empty where it keeps some of it no more, or one of the networks is another by now
   */
  Optional<ImageLosses> losses(PruneConfig block) {
    Recipe recipe = block.models().isEmpty() ? null : recipe();
    return recipe == null
        ? Optional.of(ImageLosses.NONE)
        : LossFiles.kept(new RunLayout(path), recipe);
  }

  private boolean ofFeatures() {
    return Files.exists(new RunLayout(path).pruneSettings());
  }

  private @OrNull Recipe recipe() {
    Path file = new RunLayout(path).recipe();
    if (!Files.exists(file)) {
      return null;
    }
    try {
      return StrictYaml.read(Recipe.class, "", file, List.of()).value();
    } catch (ConfigException e) {
      throw new IllegalArgumentException(
          file
              + ": not a recipe of this version of Winnow ("
              + e.problems().get(0)
              + "). Run winnow prune again.",
          e);
    }
  }
}
