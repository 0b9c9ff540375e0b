package io.winnow.pipeline;

/** Passes everything on, and lets the ledger save the stage's working time now and then. */
record TickingListener(Listener inner, Ledger ledger) implements Listener {
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
