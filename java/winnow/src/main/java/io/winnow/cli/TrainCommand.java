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
      "Trains the model of a recipe, with every stage before that is not up to date;",
      "with --manifest it trains on the images that the manifest names, and does nothing else:",
      "  winnow train --manifest coreset.parquet --data photos/ --out DIR --set train.epochs=100"
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
      if (recipe == null) {
        throw new IllegalArgumentException("train: no recipe; expected RECIPE or --manifest FILE.");
      }
      return options.run(recipe, Stage.TRAIN, console);
    }
    if (data != null) {
      options.overrides.add(0, "dataset.split=\"\"");
      options.overrides.add(0, "dataset.path=\"" + data.toString().replace("\\", "\\\\") + "\"");
      options.overrides.add(0, "dataset.type=image-folder");
    }
    StrictYaml.Resolved<Recipe> resolved = Recipe.read(recipe, options.overrides);
    Path folder = options.out == null ? Path.of("runs", resolved.value().name()) : options.out;
    Path model =
        new ManifestTraining(resolved, folder, console.progress(), console.stop()).run(manifest);
    console.out().println(model);
    return ExitCode.DONE;
  }
}
