package io.winnow.cli;

import io.winnow.artifact.RunLayout;
import io.winnow.config.OrNull;
import io.winnow.config.StrictYaml;
import io.winnow.pipeline.Pipeline;
import io.winnow.pipeline.Recipe;
import io.winnow.pipeline.Stage;
import io.winnow.pipeline.WeightsCheck;
import io.winnow.report.Report;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;

/** Options of every command that works in the folder of a run. */
final class RecipeOptions {
  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Override a key of the recipe, such as seed=1; may be repeated.")
  List<String> overrides = new ArrayList<>();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The run's folder; runs/NAME without it.")
  @OrNull
  Path out;

  @Option(names = "--json", description = "Print the run's record as JSON at the end.")
  boolean json;

  /** Whether an argument is a recipe and not data. */
  static boolean isRecipe(Path path) {
    String name = path.toString();
    return name.endsWith(".yaml") || name.endsWith(".yml");
  }

  /**
   * Refuses a recipe where data is expected.
   *
   * @param stage of a recipe's run that does the same
   */
  static void refuseRecipe(Path path, Stage stage) {
    if (isRecipe(path)) {
      String name = stage.name().toLowerCase(Locale.ROOT);
      throw new IllegalArgumentException(
          String.format(
              "%s %s: is a recipe; expected images or what was made of them. For the recipe's own"
                  + " %s stage: winnow run %s --until %s.",
              name, path, name, path, name));
    }
  }

  /** A run's name out of a path: its last part without what a name may not have. */
  static String nameOf(Path path) {
    Path last = path.toAbsolutePath().normalize().getFileName();
    String name = last == null ? "" : last.toString().replaceAll("[^\\p{L}\\p{N}._-]", "-");
    String plain = name.replaceFirst("^[^\\p{L}\\p{N}]+", "");
    return plain.isEmpty() ? "images" : plain;
  }

  /** Where a recipe's run lives. */
  Path folder(Recipe recipe) {
    return out == null ? Path.of("runs", recipe.name()) : out;
  }

  /**
   * Runs a recipe up to a stage; the whole pipeline ends in the report.
   *
   * @param recipe null for the defaults and the overrides alone
   */
  int run(@OrNull Path recipe, Stage until, Console console) {
    return run(recipe, until, null, console);
  }

  /**
   * As {@link #run(Path, Stage, Console)}.
   *
   * @param store of what several runs share; null for the run's own folder
   */
  int run(@OrNull Path recipe, Stage until, @OrNull Path store, Console console) {
    StrictYaml.Resolved<Recipe> resolved = Recipe.read(recipe, overrides);
    Path folder = folder(resolved.value());
    WeightsCheck.check(resolved.value(), until);
    try (Pipeline pipeline =
        Pipeline.open(resolved, folder, store, console.progress(), console.stop())) {
      pipeline.run(until);
      if (until == Stage.EVALUATE) {
        Report.write(folder);
        console.progress().note("report: " + new RunLayout(folder).report());
      }
      RunSummary.print(pipeline.record(), folder, json, console.out());
    }
    return ExitCode.DONE;
  }
}
