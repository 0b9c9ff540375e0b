package io.winnow.task;

/**
 * Counts what several threads get done in one task; the {@link Progress} hears of it one call after
 * the other, the count never falling.
 */
public final class Count {
  private final Progress progress;
  private long done;

  /**
   * @param progress whose task has begun, with nothing done
   */
  public Count(Progress progress) {
    this.progress = progress;
  }

  /** So many more are done. */
  public synchronized void add(long more) {
    done += more;
    progress.step(done, "");
  }
}
