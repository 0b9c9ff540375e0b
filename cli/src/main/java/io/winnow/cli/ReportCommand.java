package io.winnow.cli;

import io.winnow.artifact.RunLayout;
import io.winnow.config.OrNull;
import io.winnow.pipeline.Recipe;
import io.winnow.report.Report;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The report of a run, from what is in its folder. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = {
      "Writes report.html, one self-contained page, from what a run's folder holds.",
      "Runs no stage; winnow run RECIPE ends with it."
    })
final class ReportCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      index = "0",
      paramLabel = "RECIPE|DIR",
      description = "A recipe, whose run is in runs/NAME, or the folder of a run.")
  Path what;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The folder of the recipe's run; runs/NAME without it.")
  @OrNull
  Path out;

  ReportCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Path folder = RecipeOptions.isRecipe(what) ? folderOf(what) : what;
    Report.write(folder);
    console.out().println(new RunLayout(folder).report());
    return ExitCode.DONE;
  }

  private Path folderOf(Path recipe) {
    return out == null ? Path.of("runs", Recipe.read(recipe, List.of()).value().name()) : out;
  }
}
