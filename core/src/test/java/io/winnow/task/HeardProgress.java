package io.winnow.task;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Keeps what it is told, a line each; its task is over when it was ended. */
public final class HeardProgress implements Progress {
  private final List<String> lines = Collections.synchronizedList(new ArrayList<>());

  /** For example {@code "begin encode 120 images, 0 done"}, {@code "16 name"}, {@code "end"}. */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  @Override
  public void begin(String task, String unit, long total, long done) {
    lines.add("begin " + task + " " + total + " " + unit + ", " + done + " done");
  }

  @Override
  public void step(long done, String note) {
    lines.add((done + " " + note).strip());
  }

  @Override
  public void end() {
    lines.add("end");
  }

  @Override
  public void note(String line) {
    lines.add("note " + line);
  }
}
