package io.winnow.pipeline;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.RunLayout;
import io.winnow.config.StrictYaml;
import io.winnow.data.Inventory;
import io.winnow.files.FileFailure;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Trains a model on the images that a manifest names: Winnow's own, or a text file with an id per
 * line that any other tool has made.
 */
public final class ManifestTraining {
  private static final int NAMED = 5;

  private final Recipe recipe;
  private final RunLayout run;
  private final Progress listener;
  private final BooleanSupplier stop;

  /**
   * What a manifest says.
   *
   * @param ids of the images to train on
   * @param weights by class name; classes that are not in it weigh 1
   * @param scores of the images by id; of those that are not in it there is none
   */
  record Manifest(List<String> ids, Map<String, Double> weights, Map<String, Double> scores) {
    static Manifest read(Path file) {
      if (!Files.exists(file)) {
        throw new IllegalArgumentException(
            file
                + ": no such manifest; expected coreset.parquet, a run's folder or a list of ids.");
      }
      if (!Files.isDirectory(file) && !file.toString().endsWith(".parquet")) {
        return new Manifest(lines(file), Map.of(), Map.of());
      }
      if (Files.isDirectory(file) && !Files.exists(new RunLayout(file).coreset())) {
        throw new IllegalArgumentException(
            file
                + ": a folder without coreset.parquet; expected that of a run, or the manifest"
                + " itself. winnow prune makes one.");
      }
      Coreset coreset = CoresetFiles.read(file);
      List<String> ids = new ArrayList<>();
      Map<String, Double> scores = new HashMap<>();
      for (int i : coreset.kept()) {
        Coreset.Entry entry = coreset.entries().get(i);
        ids.add(entry.id());
        scores.put(entry.id(), entry.score());
      }
      return new Manifest(ids, CoresetWeights.byClass(coreset), scores);
    }

    private static List<String> lines(Path file) {
      try {
        return Files.readAllLines(file).stream()
            .map(String::strip)
            .filter(l -> !l.isEmpty())
            .toList();
      } catch (CharacterCodingException e) {
        throw new IllegalArgumentException(
            file + ": no text in UTF-8; expected coreset.parquet or a text with an id per line.",
            e);
      } catch (IOException e) {
        throw FileFailure.unreadable(file, e);
      }
    }
  }

  /**
   * @param recipe gives data, model and training
   * @param folder gets {@code model/} and the training curve
   */
  public ManifestTraining(
      StrictYaml.Resolved<Recipe> recipe, Path folder, Progress listener, BooleanSupplier stop) {
    this.recipe = recipe.value();
    this.run = new RunLayout(folder);
    this.listener = listener;
    this.stop = stop;
  }

  /**
   * Trains, or goes on.
   *
   * @return the checkpoint's folder
   * @throws IllegalArgumentException when the manifest names images that are not there
   * @throws Interrupted when a stop was requested; the same call goes on
   */
  public Path run(Path manifestFile) {
    Manifest manifest = Manifest.read(manifestFile);
    Compute compute = Compute.of(recipe.compute());
    compute.apply();
    try (RunData data = RunData.open(recipe.dataset(), recipe.seed(), run, listener)) {
      int[] kept = positions(manifestFile, manifest, data);
      TextStage texts = TextStage.of(recipe, data, run, compute, listener, stop);
      if (texts != null) {
        texts.run();
      }
      LatentStage latents = LatentStage.of(recipe, data, run, compute, listener, stop);
      if (latents != null) {
        latents.requireFits(recipe.model());
        latents.run();
      }
      TrainStage training =
          new TrainStage(recipe.model(), data, latents, texts, run, compute, listener, stop);
      training.train(
          RunLayout.Network.MODEL,
          kept,
          data.inventory().ids().stream()
              .mapToDouble(id -> manifest.scores().getOrDefault(id, Double.NaN))
              .toArray(),
          recipe.train(),
          CoresetWeights.weighting(manifest.weights(), kept, data, recipe.train().weightsAs()),
          Training.MODEL.streams(recipe.seed()));
      return run.network(RunLayout.Network.MODEL);
    }
  }

  private static int[] positions(Path file, Manifest manifest, RunData data) {
    Map<String, Integer> byId = new HashMap<>();
    List<Inventory.Item> items = data.inventory().items();
    for (int i = 0; i < items.size(); i++) {
      byId.put(items.get(i).id(), i);
    }
    List<String> missing = manifest.ids().stream().filter(id -> !byId.containsKey(id)).toList();
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException(
          file
              + ": "
              + missing.size()
              + " of "
              + manifest.ids().size()
              + " images are not in "
              + data.dataset().name()
              + " ("
              + String.join(", ", missing.subList(0, Math.min(NAMED, missing.size())))
              + (missing.size() > NAMED ? ", ..." : "")
              + "); expected ids like "
              + items.get(0).id()
              + ". Give the data set and split that the manifest was made from.");
    }
    return manifest.ids().stream().mapToInt(byId::get).distinct().sorted().toArray();
  }
}
