package io.winnow.cli;

import io.winnow.config.OrNull;
import io.winnow.pipeline.Stage;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The whole pipeline. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = {
      "Runs a recipe: encode, prune, reference, reweight, train, sample, evaluate, report.",
      "Stages that are up to date are skipped; an interrupted run goes on where it stopped."
    })
final class RunCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(index = "0", paramLabel = "RECIPE", description = "A recipe, a YAML file.")
  Path recipe;

  @Option(
      names = "--until",
      paramLabel = "STAGE",
      description = "The last stage: encode, prune, reweight, train, sample or evaluate.")
  Stage until = Stage.EVALUATE;

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description = {
        "Folder of what several runs share: the trained classifier, features, scores and the",
        "reference are computed once and then taken from there; without it they are the run's own."
      })
  @OrNull
  Path store;

  @Mixin RecipeOptions options;

  RunCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    return options.run(recipe, until, store, console);
  }
}
