package io.winnow.cli;

import io.winnow.artifact.Json;
import io.winnow.artifact.RunRecord;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;

/** What a run did, at its end. */
final class RunSummary {
  private RunSummary() {}

  static void print(RunRecord record, Path folder, boolean json, PrintWriter out) {
    if (json) {
      out.print(Json.pretty(record));
      return;
    }
    out.println(folder);
    record.stages().entrySet().stream()
        .sorted(
            Comparator.comparing((Map.Entry<String, RunRecord.Stage> e) -> e.getValue().started()))
        .forEach(
            e ->
                out.println(
                    String.format(
                        Locale.ROOT,
                        "  %-18s %-11s %10s%s",
                        e.getKey(),
                        e.getValue().state().name().toLowerCase(Locale.ROOT),
                        ProgressDisplay.clock(e.getValue().seconds()),
                        e.getValue().note() == null ? "" : "  " + e.getValue().note())));
  }
}
