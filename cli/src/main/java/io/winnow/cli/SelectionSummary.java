package io.winnow.cli;

import io.winnow.artifact.Coreset;
import io.winnow.files.Json;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What a selection kept, at the end of its command. */
final class SelectionSummary {
  private SelectionSummary() {}

  static void print(Coreset coreset, Path folder, boolean json, PrintWriter out) {
    if (json) {
      Map<String, Object> facts = new LinkedHashMap<>();
      facts.put("folder", folder.toString());
      facts.put("rows", coreset.entries().size());
      facts.put("kept", coreset.kept().length);
      facts.put("selection", coreset.selection());
      out.print(Json.pretty(facts));
      return;
    }
    out.printf(
        Locale.ROOT,
        "%s: kept %,d of %,d rows, by %s%n",
        folder,
        coreset.kept().length,
        coreset.entries().size(),
        coreset.selection().method());
  }
}
