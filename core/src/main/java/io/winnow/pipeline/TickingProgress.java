package io.winnow.pipeline;

import io.winnow.task.Progress;

/** Passes everything on, and lets the ledger save the stage's working time now and then. */
record TickingProgress(Progress inner, Ledger ledger) implements Progress {
  @Override
  public void begin(String task, String unit, long total, long done) {
    inner.begin(task, unit, total, done);
  }

  @Override
  public void step(long done, String note) {
    ledger.tick();
    inner.step(done, note);
  }

  @Override
  public void end() {
    inner.end();
  }

  @Override
  public void note(String line) {
    inner.note(line);
  }
}
