package io.winnow.cli;

import io.winnow.config.OrNull;
import io.winnow.config.StrictYaml;
import io.winnow.pipeline.ManifestTraining;
import io.winnow.pipeline.Recipe;
import io.winnow.pipeline.Stage;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Trains a model: of a recipe, or on the images of a manifest. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    description = {
      "Trains a recipe's model, with every stage before that is not up to date.",
      "With --manifest it trains on the images that the manifest names, and does nothing else:",
      "  winnow train --manifest coreset.parquet --data photos/ --out DIR"
    })
final class TrainCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "RECIPE",
      description = "A recipe; with --manifest it may be left out, and the defaults hold.")
  @OrNull
  Path recipe;

  @Option(
      names = "--manifest",
      paramLabel = "FILE",
      description = "coreset.parquet, a run's folder, or a text file with an id per line.")
  @OrNull
  Path manifest;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description = "Folder, ZIP or TAR that the manifest's ids are paths in.")
  @OrNull
  Path data;

  @Mixin RecipeOptions options;

  TrainCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (manifest == null) {
      if (recipe == null || data != null) {
        throw new IllegalArgumentException(
            "train: "
                + (recipe == null ? "no recipe" : "--data " + data + " goes with a manifest alone")
                + "; expected RECIPE or --manifest FILE.");
      }
      return options.run(recipe, Stage.TRAIN, console);
    }
    if (data == null && recipe == null) {
      throw new IllegalArgumentException(
          "train --manifest "
              + manifest
              + ": no images; expected --data PATH, or a recipe that names them.");
    }
    if (data != null) {
      options.overrides.add(0, "dataset.split=\"\"");
      options.overrides.add(0, "dataset.path=\"" + data.toString().replace("\\", "\\\\") + "\"");
      options.overrides.add(0, "dataset.type=image-folder");
    }
    StrictYaml.Resolved<Recipe> resolved = Recipe.read(recipe, options.overrides);
    Path folder = options.folder(resolved.value());
    Path model =
        new ManifestTraining(resolved, folder, console.progress(), console.stop()).run(manifest);
    console.out().println(model);
    return ExitCode.DONE;
  }
}
