package io.winnow.cli;

import io.winnow.config.OrNull;
import io.winnow.config.StrictYaml;
import io.winnow.files.Json;
import io.winnow.forecast.Forecast;
import io.winnow.forecast.Rates;
import io.winnow.pipeline.Recipe;
import io.winnow.pipeline.RunForecast;
import io.winnow.pipeline.Stage;
import io.winnow.pipeline.WeightsCheck;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What a run will cost. */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    description = {
      "Says what a run will cost: tries a few steps of each of its stages here, about a minute for a",
      "recipe of CPUs, and counts the rest; beside it, the same for training on all images. Stages",
      "that are up to date in the run's folder cost nothing. Nothing is left in that folder."
    })
final class PlanCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(index = "0", paramLabel = "RECIPE", description = "A recipe, a YAML file.")
  Path recipe;

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description = {
        "Folder of what several runs share, as of winnow run: what is there costs nothing. The images",
        "are read for it where the run has not done so, as the store knows them by their content."
      })
  @OrNull
  Path store;

  @Option(
      names = "--rate",
      paramLabel = "PER_HOUR",
      description = "Price of an hour of this machine; without it no price is shown.")
  @OrNull
  Double rate;

  @Option(
      names = "--watts",
      paramLabel = "W",
      description = "Power of this machine at work; without it no energy is shown.")
  @OrNull
  Double watts;

  @Mixin RecipeOptions options;

  PlanCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Rates rates = new Rates(rate, watts);
    StrictYaml.Resolved<Recipe> resolved = Recipe.read(recipe, options.overrides);
    WeightsCheck.check(resolved.value(), Stage.EVALUATE);
    Forecast forecast =
        RunForecast.of(
            resolved,
            options.folder(resolved.value()),
            store,
            rates,
            console.progress(),
            console.stop());
    if (options.json) {
      console.out().print(Json.pretty(forecast));
    } else {
      ForecastTable.print(forecast, console.out());
    }
    return ExitCode.DONE;
  }
}
