package io.winnow.cli;

import io.winnow.files.Json;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Describes any artifact or weights file. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    description = "Says what a run, an artifact, a weights file or a set of images is.")
final class InspectCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(index = "0", paramLabel = "PATH", description = "A file or folder.")
  Path path;

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  InspectCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Map<String, Object> facts = Inspection.of(path);
    if (json) {
      console.out().print(Json.pretty(facts));
    } else {
      int width = facts.keySet().stream().mapToInt(String::length).max().orElse(0);
      facts.forEach((name, value) -> console.out().printf("%-" + width + "s  %s%n", name, value));
    }
    return ExitCode.DONE;
  }
}
