package io.winnow.cli;

import io.winnow.artifact.RunLayout;
import io.winnow.compare.Question;
import io.winnow.compare.SideBySide;
import io.winnow.config.OrNull;
import io.winnow.pipeline.Recipe;
import io.winnow.report.ComparisonPage;
import io.winnow.report.Report;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The report of a run, from what is in its folder, or of several side by side. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = {
      "Writes report.html, one self-contained page, from what a run's folder holds.",
      "Of several runs, or folders that hold runs of one recipe with several seeds, it writes one",
      "page with them side by side: what differs, metrics, class-wise distances, speed-ups, samples,",
      "and of each against the first the ratio of distances and the verdict of winnow compare.",
      "Runs no stage; winnow run RECIPE ends with the page of its run."
    })
final class ReportCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      index = "0..*",
      arity = "1..*",
      paramLabel = "RECIPE|DIR",
      description =
          "A recipe, whose run is in runs/NAME, or the folder of a run; several are compared.")
  List<Path> what;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The folder of the recipe's run; runs/NAME without it.")
  @OrNull
  Path out;

  @Option(
      names = "--to",
      paramLabel = "FILE",
      description = "Where the page of several goes; comparison.html without it.")
  @OrNull
  Path to;

  ReportCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    console.out().println(what.size() == 1 ? ofOne() : ofSeveral());
    return ExitCode.DONE;
  }

  private Path ofOne() {
    if (to != null) {
      throw new IllegalArgumentException(
          "--to "
              + to
              + ": is of several runs; expected another one beside "
              + what.get(0)
              + ". The page of one run is report.html in its folder.");
    }
    Path folder = folderOf(what.get(0));
    Report.write(folder);
    return new RunLayout(folder).report();
  }

  private Path ofSeveral() {
    if (out != null) {
      throw new IllegalArgumentException(
          "--out "
              + out
              + ": is of one recipe; expected none with several runs. Give their folders.");
    }
    List<Path> folders = what.stream().map(this::folderOf).toList();
    Path file = to == null ? Path.of("comparison.html") : to;
    ComparisonPage.write(file, SideBySide.of(folders, Question.USUAL_ERROR_RATE));
    return file;
  }

  private Path folderOf(Path path) {
    if (!RecipeOptions.isRecipe(path)) {
      return path;
    }
    return out == null ? Path.of("runs", Recipe.read(path, List.of()).value().name()) : out;
  }
}
