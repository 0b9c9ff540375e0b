package io.winnow.cli;

import io.winnow.report.Report;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The report of a run's folder, from what is in it. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = "Writes report.html, one self-contained page, from what a run's folder holds.")
final class ReportCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(index = "0", paramLabel = "DIR", description = "The folder of a run, runs/NAME.")
  Path folder;

  ReportCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Report.write(folder);
    console.out().println(folder.resolve("report.html"));
    return ExitCode.DONE;
  }
}
