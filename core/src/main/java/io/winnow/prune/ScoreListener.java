package io.winnow.prune;

/** Hears how far scoring has come. */
@FunctionalInterface
public interface ScoreListener {
  /** Says nothing. */
  ScoreListener SILENT = (done, total) -> {};

  /** Called after every block of rows whose scores are final. */
  void onRows(long done, long total);
}
