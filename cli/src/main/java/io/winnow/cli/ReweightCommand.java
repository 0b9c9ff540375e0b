package io.winnow.cli;

import io.winnow.pipeline.Stage;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The class weights of a recipe. */
@Command(
    name = "reweight",
    mixinStandardHelpOptions = true,
    description =
        "Learns a recipe's class weights, with every stage before that is not up to date.")
final class ReweightCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(index = "0", paramLabel = "RECIPE", description = "A recipe, a YAML file.")
  Path recipe;

  @Mixin RecipeOptions options;

  ReweightCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    return options.run(recipe, Stage.REWEIGHT, console);
  }
}
