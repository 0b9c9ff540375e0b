package io.winnow.sweep;

import io.winnow.config.OrNull;
import io.winnow.task.Progress;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/** The progress of a sweep: the stage at hand of every run at work, and the time left over all. */
final class SweepProgress {
  private final Progress out;
  private final String name;
  private final int total;
  private final int runners;
  private final LongSupplier nanos;
  private final Map<SweepRun, Task> atWork = new LinkedHashMap<>();
  private Costs costs;
  private int done;
  private int begun;

  /** What a run does at the moment. */
  private static final class Task {
    private final int number;
    private final long since;
    private final boolean open; // not done before
    private String words = "";
    private long total;

    Task(int number, long since, boolean open) {
      this.number = number;
      this.since = since;
      this.open = open;
    }
  }

  /**
   * @param runners runs at a time
   * @param nanos a clock that only goes forward
   */
  SweepProgress(Progress out, String name, int total, int runners, LongSupplier nanos) {
    this.out = out;
    this.name = name;
    this.total = total;
    this.runners = runners;
    this.nanos = nanos;
  }

  /** What is known of the runs before the next one begins. */
  synchronized void know(Costs now) {
    costs = now;
  }

  /** A run begins. */
  synchronized Progress begin(SweepRun run) {
    begun++;
    atWork.put(run, new Task(begun, nanos.getAsLong(), costs.open().contains(run)));
    out.note(place(run) + ": begins" + left());
    if (runners > 1 && begun == 1) {
      done = total - costs.open().size();
      out.begin(name, "runs", total, done);
    }
    return new OfRun(run);
  }

  /**
   * A run is over.
   *
   * @param failure null when it is done
   */
  synchronized void end(SweepRun run, @OrNull String failure) {
    out.note(place(run) + (failure == null ? ": done" : ": failed: " + failure));
    done += atWork.remove(run).open ? 1 : 0;
    if (runners > 1) {
      out.step(done, now());
    }
  }

  /** The sweep is over, done or not. */
  synchronized void end() {
    if (runners > 1) {
      out.end();
    }
  }

  private String place(SweepRun run) {
    return "[" + atWork.get(run).number + "/" + total + "] " + run;
  }

  /** What all runs at work do, and the time left. */
  private String now() {
    return atWork.entrySet().stream()
            .map(e -> (e.getKey() + " " + e.getValue().words).strip())
            .collect(Collectors.joining("; "))
        + left();
  }

  private String left() {
    Double seconds = secondsLeft();
    if (seconds == null) {
      return "";
    }
    long whole = Math.round(seconds);
    return String.format(
        Locale.ROOT,
        "; %s: about %d:%02d:%02d left",
        name,
        whole / 3600,
        whole / 60 % 60,
        whole % 60);
  }

  /** Null where a run's time is unknown. */
  private @OrNull Double secondsLeft() {
    double sum = 0;
    for (SweepRun run : costs.open()) {
      Double own = costs.seconds(run);
      if (own == null) {
        return null;
      }
      Task task = atWork.get(run);
      double spent = task == null ? 0 : (nanos.getAsLong() - task.since) / 1e9;
      sum += Math.max(0, own - spent);
    }
    return sum / runners;
  }

  /** One run's listener. */
  private final class OfRun implements Progress {
    private final SweepRun run;

    OfRun(SweepRun run) {
      this.run = run;
    }

    @Override
    public void begin(String task, String unit, long of, long before) {
      synchronized (SweepProgress.this) {
        Task now = atWork.get(run);
        now.words = task;
        now.total = of;
        if (runners == 1) {
          out.begin(place(run) + " " + task, unit, of, before);
        }
      }
    }

    @Override
    public void step(long count, String note) {
      synchronized (SweepProgress.this) {
        Task now = atWork.get(run);
        if (runners == 1) {
          out.step(count, note + left());
        } else {
          now.words = now.words.replaceFirst(" .*", "") + " " + count + "/" + now.total;
          out.step(done, now());
        }
      }
    }

    @Override
    public void end() {
      synchronized (SweepProgress.this) {
        if (runners == 1) {
          out.end();
        }
      }
    }

    @Override
    public void note(String line) {
      synchronized (SweepProgress.this) {
        out.note(runners == 1 ? line : run + ": " + line);
      }
    }
  }
}
