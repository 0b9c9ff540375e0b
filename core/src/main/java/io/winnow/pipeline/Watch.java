package io.winnow.pipeline;

import io.winnow.task.Progress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * The clock of a stage that is tried: a stage asks before every piece of its work whether it should
 * stop, and is told so once enough of them were seen. What lies between two questions is one piece.
 */
final class Watch implements Progress, BooleanSupplier {
  private static final double NANOS = 1e9;

  /** Pieces that are seen at least, beside the first one, which warms up. */
  private static final int FEWEST = 3;

  private final LongSupplier nanos;
  private final Limit limit;
  private final BooleanSupplier stop;
  private final Map<String, Task> tasks = new LinkedHashMap<>();
  private Task current;

  /**
   * When enough was seen, and {@link #FEWEST}.
   *
   * @param seconds of a task, after its first piece
   * @param pieces of a task: no more are tried than the run itself will have
   */
  record Limit(double seconds, long pieces) {
    /** No limit: the task is done to its end. */
    static final Limit NONE = new Limit(Double.MAX_VALUE, Long.MAX_VALUE);

    static Limit seconds(double seconds) {
      return new Limit(seconds, Long.MAX_VALUE);
    }
  }

  /** A task as it was seen. */
  static final class Task {
    private final long began;
    private final List<Long> asked = new ArrayList<>();
    private long ended;
    private long done;

    private Task(long began, long done) {
      this.began = began;
      this.ended = began;
      this.done = done;
    }

    /** From its beginning to its end. */
    double seconds() {
      return (ended - began) / NANOS;
    }

    /** What was done of it, in its own unit, at the last report. */
    long done() {
      return done;
    }

    /** Seconds of a piece: the mean without the first one, where there are enough. */
    double perPiece() {
      int measured = asked.size() - 2;
      if (measured >= 1) {
        return (asked.get(asked.size() - 1) - asked.get(1)) / NANOS / measured;
      }
      return asked.isEmpty() ? 0 : (ended - asked.get(0)) / NANOS / asked.size();
    }
  }

  /**
   * @param stop of the user
   */
  Watch(LongSupplier nanos, Limit limit, BooleanSupplier stop) {
    this.nanos = nanos;
    this.limit = limit;
    this.stop = stop;
  }

  /** The tasks that were begun, by name, in their order. */
  Map<String, Task> tasks() {
    return tasks;
  }

  @Override
  public boolean getAsBoolean() {
    if (stop.getAsBoolean()) {
      return true;
    }
    if (current == null) {
      return false;
    }
    long now = nanos.getAsLong();
    current.asked.add(now);
    int pieces = current.asked.size() - 1;
    return pieces > FEWEST
        && (pieces >= limit.pieces() || (now - current.asked.get(1)) / NANOS >= limit.seconds());
  }

  @Override
  public void begin(String task, String unit, long total, long done) {
    current = new Task(nanos.getAsLong(), done);
    tasks.put(task, current);
  }

  @Override
  public void step(long done, String note) {
    if (current != null) {
      current.done = done;
      current.ended = nanos.getAsLong();
    }
  }

  @Override
  public void end() {
    if (current != null) {
      current.ended = nanos.getAsLong();
      current = null;
    }
  }

  @Override
  public void note(String line) {}
}
