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
import io.winnow.sweep.Sweep;
import io.winnow.sweep.SweepForecast;
import io.winnow.sweep.SweepLayout;
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
      "Says what a run or a sweep will cost, by trying a few steps of each of its stages here.",
      "About a minute for a recipe of CPUs; beside it, the same for training on all images. Stages",
      "that are up to date in the run's folder cost nothing. Nothing is left in that folder.",
      "Of a sweep, what is left of all its runs, stage by stage and cell by cell: what they share",
      "counts once, and cells that differ in selection and lengths alone are tried together.",
      "With --budget it searches method and ratio of a recipe instead: rungs of real runs, each with",
      "the best third of the one before and three times as many updates, all with one seed; the last",
      "one has two selections and five seeds, and the answer is their ratio of distances with its",
      "interval, or that it cannot be told where that holds 1. What it spends counts."
    })
final class PlanCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      index = "0",
      paramLabel = "RECIPE|SWEEP",
      description = "A recipe or a sweep, a YAML file.")
  Path file;

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

  @Mixin SearchOptions search;

  @Mixin RecipeOptions options;

  PlanCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Rates rates = new Rates(rate, watts);
    boolean sweep = Sweep.isOne(file);
    if (search.asked()) {
      return search(sweep);
    }
    if (sweep) {
      ofSweep(rates);
    } else {
      ofRecipe(rates);
    }
    return ExitCode.DONE;
  }

  private int search(boolean sweep) {
    if (sweep || store != null || rate != null || watts != null) {
      throw new IllegalArgumentException(
          "--budget "
              + search.budget
              + ": is of a recipe alone; expected no "
              + (sweep ? "sweep" : "--store, --rate or --watts")
              + " beside it.");
    }
    StrictYaml.Resolved<Recipe> resolved = Recipe.read(file, options.overrides);
    WeightsCheck.check(resolved.value(), Stage.EVALUATE);
    return search.search(resolved, options.out, options.json, console);
  }

  private void ofRecipe(Rates rates) {
    StrictYaml.Resolved<Recipe> resolved = Recipe.read(file, options.overrides);
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
  }

  private void ofSweep(Rates rates) {
    if (store != null) {
      throw new IllegalArgumentException(
          "--store "
              + store
              + ": a sweep has its store in its own folder; expected a recipe. Name"
              + " that folder with --out, or leave both out.");
    }
    Sweep sweep = Sweep.read(file, options.overrides);
    SweepLayout layout =
        new SweepLayout(options.out == null ? Path.of("runs", sweep.name()) : options.out);
    SweepForecast forecast =
        SweepForecast.of(sweep, layout, rates, console.progress(), console.stop());
    if (options.json) {
      console.out().print(Json.pretty(forecast));
    } else {
      SweepForecastTable.print(forecast, console.out());
    }
  }
}
