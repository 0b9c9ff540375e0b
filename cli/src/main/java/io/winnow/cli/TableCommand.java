package io.winnow.cli;

import io.winnow.config.OrNull;
import io.winnow.report.Report;
import io.winnow.sweep.LocalRuns;
import io.winnow.sweep.Runs;
import io.winnow.sweep.Sweep;
import io.winnow.sweep.SweepLayout;
import io.winnow.sweep.SweepPlan;
import io.winnow.sweep.SweepRunner;
import io.winnow.sweep.SweepTable;
import io.winnow.tensor.Compute;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Many runs, one table. */
@Command(
    name = "table",
    mixinStandardHelpOptions = true,
    description = {
      "Runs what is missing of a sweep, a base recipe over axes and seeds, and prints its table.",
      "It has mean and spread over seeds, the paper's values, images, seconds and speed-ups, and",
      "what can be said of cells against another: better, worse, or how many seeds it would take.",
      "Features, scores, classifiers and references are computed once; the same command goes on.",
      "  winnow table recipes/table1-cpu.yaml --dry-run"
    })
final class TableCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(index = "0", paramLabel = "SWEEP", description = "A sweep, a YAML file.")
  Path file;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The sweep's folder; runs/NAME without it.")
  @OrNull
  Path out;

  @Option(
      names = "--dry-run",
      description =
          "Say what would run, what it costs and which cells would be refused; run nothing.")
  boolean dryRun;

  @Option(names = "--show", description = "Print the table of what is there; run nothing.")
  boolean show;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "1",
      description = "Runs at a time, each in a process with its share of the threads (default: 1).")
  int jobs;

  @Option(names = "--cell", paramLabel = "LABEL", description = "Only this cell; may be repeated.")
  List<String> cells = new ArrayList<>();

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Override a key of all recipes, such as dataset.path=DATA; may be repeated.")
  List<String> overrides = new ArrayList<>();

  @Option(
      names = "--format",
      paramLabel = "FORM",
      defaultValue = "text",
      description =
          "text (default), markdown, csv, parquet or report, a page; the last two need --to.")
  TableOutput format;

  @Option(
      names = "--to",
      paramLabel = "FILE",
      description = "Write the table into a file in place of printing it.")
  @OrNull
  Path to;

  @Option(names = "--worker", hidden = true, description = "Does runs for another process.")
  boolean worker;

  TableCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws Exception {
    if (jobs < 1) {
      throw new IllegalArgumentException("--jobs " + jobs + ": expected 1 or more.");
    }
    format.requirePlace(to);
    Sweep sweep = Sweep.read(file, overrides).only(cells);
    SweepLayout layout = new SweepLayout(out == null ? Path.of("runs", sweep.name()) : out);
    if (worker) {
      return SweepWorker.serve(System.in, console, stop -> local(sweep, layout, stop), layout);
    }
    if (dryRun) {
      return plan(SweepPlan.of(sweep, layout));
    }
    if (!show) {
      run(sweep, layout);
    }
    SweepTable table = SweepTable.of(sweep, layout);
    format.give(table, to, console.out());
    return table.anyFailed() ? ExitCode.DEFECT : ExitCode.DONE;
  }

  private int plan(SweepPlan plan) {
    console.out().print(plan.text());
    List<String> refusals = plan.refusals();
    refusals.forEach(line -> console.err().println("winnow: " + line));
    return refusals.isEmpty() ? ExitCode.DONE : ExitCode.MISTAKE;
  }

  private void run(Sweep sweep, SweepLayout layout) {
    SweepRunner runner =
        new SweepRunner(sweep, layout, console.progress(), console.stop(), System::nanoTime);
    int processes = Math.min(jobs, sweep.runs().size());
    if (processes == 1) {
      runner.run(List.of(local(sweep, layout, console.stop())));
      return;
    }
    try (WorkerProcesses workers =
        WorkerProcesses.of(processes, arguments(layout, processes), layout, console.stop())) {
      runner.run(workers.runs());
    }
  }

  private static Runs local(Sweep sweep, SweepLayout layout, BooleanSupplier stop) {
    return new LocalRuns(sweep, layout, Report::write, stop);
  }

  /** The command line of a worker: the same sweep, with its share of the threads. */
  private List<String> arguments(SweepLayout layout, int processes) {
    List<String> arguments = new ArrayList<>(List.of("table", file.toString(), "--worker"));
    arguments.addAll(List.of("--out", layout.folder().toString()));
    int threads = Math.max(1, Compute.physicalCores() / processes);
    arguments.addAll(List.of("--set", "compute.threads=" + threads)); // the user's own is on top
    overrides.forEach(override -> arguments.addAll(List.of("--set", override)));
    return arguments;
  }
}
