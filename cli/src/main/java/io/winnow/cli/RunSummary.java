package io.winnow.cli;

import io.winnow.artifact.RunRecord;
import io.winnow.files.Json;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;

/** What a run did, at its end. */
final class RunSummary {
  private RunSummary() {}

  static void print(RunRecord record, Path folder, boolean json, PrintWriter out) {
    if (json) {
      out.print(Json.pretty(record));
      return;
    }
    out.println(folder);
    record
        .stages()
        .forEach(
            (name, stage) ->
                out.println(
                    String.format(
                        Locale.ROOT,
                        "  %-18s %-11s %10s%s",
                        name,
                        stage.state().name().toLowerCase(Locale.ROOT),
                        ProgressDisplay.clock(stage.seconds()),
                        stage.note() == null ? "" : "  " + stage.note())));
  }
}
