package io.winnow.cli;

import io.winnow.sweep.Runs;
import io.winnow.sweep.SweepLayout;
import io.winnow.sweep.SweepRun;
import io.winnow.sweep.SweepRunner;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * A process that does runs for another one, which names them on its standard input, one line each,
 * and reads lines of progress and outcome. It is named none before it holds its lock, so that one
 * whose other process was killed meanwhile begins nothing. The end of the input is a request to
 * stop: where the other process is killed, this one saves and ends.
 */
final class SweepWorker {
  private static final String END = "";

  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private volatile boolean closed;

  private SweepWorker() {}

  /**
   * Does runs until the input ends.
   *
   * @param runs made with what asks to stop
   */
  static int serve(
      InputStream in, Console console, Function<BooleanSupplier, Runs> runs, SweepLayout layout)
      throws Exception {
    SweepWorker worker = new SweepWorker();
    Thread reader = new Thread(() -> worker.read(in), "winnow-worker-input");
    reader.setDaemon(true);
    reader.start();
    BooleanSupplier stop = () -> worker.closed || console.stop().getAsBoolean();
    try (AutoCloseable lock = SweepRunner.workerLock(layout, stop)) {
      return worker.loop(runs.apply(stop), console.out());
    }
  }

  private void read(InputStream in) {
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(line);
      }
    } catch (IOException e) {
      closed = true; // as good as ended
    }
    closed = true;
    lines.add(END);
  }

  private int loop(Runs runs, PrintWriter out) throws InterruptedException {
    WorkerLines.ready(out);
    Progress progress = new WorkerLines.Sender(out);
    for (String line = lines.take(); !line.equals(END); line = lines.take()) {
      SweepRun run = WorkerLines.run(line);
      try {
        String failure = runs.run(run, progress);
        WorkerLines.outcome(out, failure);
      } catch (Interrupted e) {
        WorkerLines.interrupted(out);
        return ExitCode.RESUMABLE;
      }
    }
    return ExitCode.DONE;
  }
}
