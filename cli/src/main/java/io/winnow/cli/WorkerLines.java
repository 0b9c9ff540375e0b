package io.winnow.cli;

import io.winnow.config.OrNull;
import io.winnow.sweep.SweepRun;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintWriter;

/** The lines between a process and its workers: a word, and what belongs to it behind tabs. */
final class WorkerLines {
  private static final String TAB = "\t";
  private static final String READY = "ready";

  private WorkerLines() {}

  static String run(SweepRun run) {
    return run.cell() + TAB + run.seed();
  }

  static SweepRun run(String line) {
    int tab = line.indexOf(TAB);
    return new SweepRun(line.substring(0, tab), Long.parseLong(line.substring(tab + 1)));
  }

  /** A worker takes runs from now on. */
  static void ready(PrintWriter out) {
    send(out, READY);
  }

  /**
   * Waits until a worker takes runs.
   *
   * @throws EOFException when it ends before
   */
  static void awaitReady(BufferedReader in, Progress progress) throws IOException {
    for (String line = in.readLine(); !READY.equals(line); line = in.readLine()) {
      if (line == null) {
        throw new EOFException();
      }
      progress.note(line); // of a library
    }
  }

  static void outcome(PrintWriter out, @OrNull String failure) {
    send(out, failure == null ? "done" : "failed", failure == null ? "" : failure);
  }

  static void interrupted(PrintWriter out) {
    send(out, "interrupted", "");
  }

  private static void send(PrintWriter out, String word, Object... parts) {
    StringBuilder line = new StringBuilder(word);
    for (Object part : parts) {
      line.append(TAB).append(part.toString().replaceAll("[\t\r\n]+", " "));
    }
    out.println(line);
    out.flush();
  }

  /**
   * Hears a worker out.
   *
   * @return why the run failed; null when it is done
   * @throws EOFException when the worker ends before
   * @throws Interrupted when the worker was stopped
   */
  static @OrNull String receive(BufferedReader in, Progress progress) throws IOException {
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] parts = line.split(TAB, -1);
      switch (parts[0]) {
        case "begin" ->
            progress.begin(parts[1], parts[2], Long.parseLong(parts[3]), Long.parseLong(parts[4]));
        case "step" -> progress.step(Long.parseLong(parts[1]), parts[2]);
        case "end" -> progress.end();
        case "note" -> progress.note(parts[1]);
        case "done" -> {
          return null;
        }
        case "failed" -> {
          return parts[1];
        }
        case "interrupted" -> throw new Interrupted("table");
        default -> progress.note(line); // of a library
      }
    }
    throw new EOFException();
  }

  /** Progress as lines, steps a few times a second at most. */
  static final class Sender implements Progress {
    private static final long STEP_NANOS = 200_000_000L;

    private final PrintWriter out;
    private long last;

    Sender(PrintWriter out) {
      this.out = out;
    }

    @Override
    public void begin(String task, String unit, long total, long done) {
      send(out, "begin", task, unit, total, done);
    }

    @Override
    public void step(long done, String note) {
      long now = System.nanoTime();
      if (now - last >= STEP_NANOS) {
        last = now;
        send(out, "step", done, note);
      }
    }

    @Override
    public void end() {
      send(out, "end");
    }

    @Override
    public void note(String line) {
      send(out, "note", line);
    }
  }
}
