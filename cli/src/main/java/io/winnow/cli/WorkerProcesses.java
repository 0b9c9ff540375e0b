package io.winnow.cli;

import io.winnow.config.OrNull;
import io.winnow.files.FileFailure;
import io.winnow.sweep.Runs;
import io.winnow.sweep.SweepLayout;
import io.winnow.sweep.SweepRun;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Processes that do runs side by side, started as this one was: the same Java, its flags and class
 * path. One that ends in the midst of a run takes that run with it and nothing else.
 */
final class WorkerProcesses implements AutoCloseable {
  private static final long POLL_MILLIS = 200;
  private static final String MAIN = WorkerProcesses.class.getPackageName() + ".Main";

  private final List<Worker> workers = new ArrayList<>();
  private final Thread watcher;
  private volatile boolean closing;

  private WorkerProcesses(BooleanSupplier stop) {
    watcher = new Thread(() -> watch(stop), "winnow-worker-stop");
    watcher.setDaemon(true);
  }

  /**
   * Makes workers; a process starts with its first run.
   *
   * @param arguments of every one
   * @param stop asks them all to stop
   */
  static WorkerProcesses of(
      int count, List<String> arguments, SweepLayout layout, BooleanSupplier stop) {
    WorkerProcesses processes = new WorkerProcesses(stop);
    for (int i = 0; i < count; i++) {
      processes.workers.add(new Worker(arguments, layout.log(i)));
    }
    processes.watcher.start();
    return processes;
  }

  List<Runs> runs() {
    return List.copyOf(workers);
  }

  private void watch(BooleanSupplier stop) {
    try {
      while (!closing && !stop.getAsBoolean()) {
        Thread.sleep(POLL_MILLIS);
      }
      workers.forEach(Worker::endInput);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closing = true;
    workers.forEach(Worker::end);
  }

  /** One process after the other. */
  private static final class Worker implements Runs {
    private final List<String> arguments;
    private final Path log;
    private Process process; // null: none yet, or the last one ended
    private BufferedReader from;
    private Writer to;
    private boolean stopped;

    Worker(List<String> arguments, Path log) {
      this.arguments = arguments;
      this.log = log;
    }

    @Override
    public @OrNull String run(SweepRun run, Progress progress) {
      boolean first = starts();
      try {
        if (first) {
          WorkerLines.awaitReady(from, progress);
        }
        ask(run);
        return WorkerLines.receive(from, progress);
      } catch (IOException e) {
        return ended(); // a pipe ends with the process behind it
      }
    }

    /** Starts a process where there is none. */
    private synchronized boolean starts() {
      requireGoing();
      boolean none = process == null;
      if (none) {
        try {
          start();
        } catch (IOException e) {
          throw new UncheckedIOException("a process for runs: " + FileFailure.reason(e), e);
        }
      }
      return none;
    }

    private void requireGoing() {
      if (stopped) {
        throw new Interrupted("table");
      }
    }

    private synchronized void ask(SweepRun run) throws IOException {
      requireGoing();
      to.write(WorkerLines.run(run) + "\n");
      to.flush();
    }

    private void start() throws IOException {
      Files.createDirectories(log.getParent());
      process =
          new ProcessBuilder(command())
              .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      from =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      to = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
    }

    private List<String> command() {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
          .filter(flag -> !flag.startsWith("-Dwinnow.terminal") && !flag.startsWith("-agentlib"))
          .forEach(command::add);
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
      command.add(MAIN);
      command.addAll(arguments);
      return command;
    }

    /** Why a process ended that should not have. */
    private synchronized String ended() {
      int code = exitCode();
      process = null;
      if (code == ExitCode.RESUMABLE || stopped) {
        throw new Interrupted("table");
      }
      return "its process ended with "
          + (code > 128 ? "signal " + (code - 128) : "code " + code)
          + (code == 137 ? " (killed, as by the system where memory is short)" : "")
          + "; "
          + log
          + " has its last words";
    }

    private int exitCode() {
      try {
        return process.waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new Interrupted("table");
      }
    }

    /** Asks it to save and end. */
    synchronized void endInput() {
      stopped = true;
      if (process != null) {
        try {
          to.close();
        } catch (IOException e) {
          return; // it has ended already
        }
      }
    }

    void end() {
      endInput();
      if (process != null) {
        exitCode();
      }
    }
  }
}
