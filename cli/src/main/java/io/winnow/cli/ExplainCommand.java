package io.winnow.cli;

import io.winnow.files.Json;
import io.winnow.pipeline.CoresetExplanation;
import io.winnow.pipeline.Explanation;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says why one image was kept or dropped. */
@Command(
    name = "explain",
    mixinStandardHelpOptions = true,
    description = {
      "Says why an image was kept or dropped: its score and rank, the nearest kept image, the rule"
          + " or step that decided, and the numbers of the prune block at which the decision"
          + " turns.",
      "Each of these numbers was tried by selecting again, on both sides. Of a list of steps that"
          + " takes about as long as the selection for every number."
    })
final class ExplainCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      index = "0",
      paramLabel = "FOLDER",
      description = "Of a run, or of winnow prune: what has coreset.parquet in it.")
  Path folder;

  @Parameters(index = "1", paramLabel = "ID", description = "The image, as coreset.parquet has it.")
  String id;

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  ExplainCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Explanation found = CoresetExplanation.of(folder, id, console.progress());
    if (json) {
      console.out().print(Json.pretty(found));
    } else {
      ExplanationText.print(found, console.out());
    }
    return ExitCode.DONE;
  }
}
