package io.winnow.cli;

import io.winnow.compare.Comparison;
import io.winnow.compare.Question;
import io.winnow.files.Json;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says whether one run, or one cell of several seeds, is better than another. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description = {
      "Says whether B is better than A, worse, or that it cannot be told yet and how many seeds"
          + " that would take.",
      "A and B are folders of finished runs, or folders that hold runs of one recipe with several"
          + " seeds. Seeds that both have are compared in pairs (a paired t test of the logarithm"
          + " of the ratio of distances), without such seeds by Welch's test. Data, budget"
          + " (updates x batch), encoder, reference and number of samples have to be the same.",
      "The error rate holds for a number of seeds that was fixed before: who looks after every"
          + " seed and stops at a verdict errs more often."
    })
final class CompareCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(index = "0", paramLabel = "A", description = "What is compared with.")
  Path a;

  @Parameters(index = "1", paramLabel = "B", description = "What is judged.")
  Path b;

  @Option(
      names = "--metric",
      paramLabel = "NAME",
      description =
          "A distance of metrics.json, such as fid, fd-ENCODER, class-fd or cmmd (the first one of"
              + " the recipe).")
  String metric;

  @Option(
      names = "--error",
      paramLabel = "RATE",
      description =
          "How often better or worse may be said where there is no difference (${DEFAULT-VALUE}).")
  double error = Question.USUAL_ERROR_RATE;

  @Option(
      names = "--power",
      paramLabel = "GAP",
      description =
          "Count the seeds that a gap takes, too: 0.03 for distances that differ by 3 %%.")
  Double gap;

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  CompareCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Comparison found = Comparison.of(a, b, new Question(metric, error, gap));
    if (json) {
      console.out().print(Json.pretty(found));
    } else {
      new ComparisonText(found).print(console.out());
    }
    return ExitCode.DONE;
  }
}
