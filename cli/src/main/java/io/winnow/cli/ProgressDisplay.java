package io.winnow.cli;

import io.winnow.task.Progress;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import me.tongfei.progressbar.ProgressState;

/** Progress on stderr: a bar on a terminal, elsewhere a plain line every few seconds. */
final class ProgressDisplay implements Progress {
  private static final long LINE_EVERY_NANOS = 10_000_000_000L;
  private static final int WIDTH = 118;

  private final PrintWriter err;
  private final boolean terminal;
  private final LongSupplier nanos;

  private ProgressBar bar;
  private String task = "";
  private String unit = "";
  private long total;
  private long doneBefore;
  private long done;
  private long begun;
  private long lastLine;

  /**
   * @param terminal whether {@code err} is a terminal that can redraw a line
   * @param nanos a clock that only goes forward, in nanoseconds
   */
  ProgressDisplay(PrintWriter err, boolean terminal, LongSupplier nanos) {
    this.err = err;
    this.terminal = terminal;
    this.nanos = nanos;
  }

  @Override
  public void begin(String task, String unit, long total, long done) {
    this.task = task;
    this.unit = unit;
    this.total = total;
    this.doneBefore = done;
    this.done = done;
    this.begun = nanos.getAsLong();
    this.lastLine = begun;
    if (terminal) {
      if (bar != null) {
        bar.close();
      }
      bar =
          new ProgressBarBuilder()
              .setTaskName(task)
              .setInitialMax(total)
              .setStyle(ProgressBarStyle.ASCII)
              .setUnit(" " + unit, 1)
              .showSpeed()
              .startsFrom(done, Duration.ZERO)
              .setEtaFunction(this::timeLeft)
              .setConsumer(new DelegatingProgressBarConsumer(this::draw, WIDTH))
              .build();
    }
  }

  @Override
  public void step(long done, String note) {
    this.done = done;
    if (bar != null) {
      bar.stepTo(done);
      bar.setExtraMessage(note);
      return;
    }
    long now = nanos.getAsLong();
    if (now - lastLine >= LINE_EVERY_NANOS) {
      lastLine = now;
      print(line(now, note));
    }
  }

  @Override
  public void end() {
    if (bar != null) {
      bar.close();
      bar = null;
      err.println();
      err.flush();
    } else if (done > doneBefore) {
      print(line(nanos.getAsLong(), "in " + clock((nanos.getAsLong() - begun) / 1e9)));
    }
  }

  @Override
  public void note(String line) {
    print(bar == null ? line : "\r" + line);
  }

  private void draw(String text) {
    err.print("\r" + text);
    err.flush();
  }

  private void print(String line) {
    err.println(line);
    err.flush();
  }

  private String line(long now, String note) {
    double rate = rate(now);
    StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "%s %d/%d %s", task, done, total, unit));
    if (rate > 0) {
      text.append(String.format(Locale.ROOT, ", %.1f %s/s", rate, unit));
      if (done < total) {
        text.append(", ").append(clock((total - done) / rate)).append(" left");
      }
    }
    if (!note.isEmpty()) {
      text.append(", ").append(note);
    }
    return text.toString();
  }

  private Optional<Duration> timeLeft(ProgressState state) {
    double rate = rate(nanos.getAsLong());
    return rate > 0
        ? Optional.of(Duration.ofSeconds((long) ((total - done) / rate)))
        : Optional.empty();
  }

  /** Units per second since this process began the task; what was done before does not count. */
  private double rate(long now) {
    double seconds = (now - begun) / 1e9;
    return seconds > 0 ? (done - doneBefore) / seconds : 0;
  }

  static String clock(double seconds) {
    long whole = Math.round(seconds);
    if (whole < 60) {
      return whole + " s";
    }
    return whole < 3600
        ? String.format(Locale.ROOT, "%d:%02d min", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d h", whole / 3600, whole / 60 % 60);
  }
}
