package io.winnow.task;

import java.util.function.Consumer;

/** Hands on what a task notes and leaves the rest. */
public record Notes(Consumer<String> to) implements Progress {
  @Override
  public void begin(String task, String unit, long total, long done) {}

  @Override
  public void step(long done, String note) {}

  @Override
  public void end() {}

  @Override
  public void note(String line) {
    to.accept(line);
  }
}
