package io.winnow.prune;

/** Counts scored rows for a listener, from any thread. */
final class Progress {
  private final long total;
  private final ScoreListener listener;
  private long done;

  Progress(long total, ScoreListener listener) {
    this.total = total;
    this.listener = listener;
  }

  synchronized void add(int rows) {
    done += rows;
    listener.onRows(done, total);
  }
}
