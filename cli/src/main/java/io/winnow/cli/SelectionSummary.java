package io.winnow.cli;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.SelectionDiagnostics;
import io.winnow.artifact.SelectionDiagnostics.Coverage;
import io.winnow.artifact.SelectionDiagnostics.Overlap;
import io.winnow.artifact.SelectionDiagnostics.Share;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a selection kept, at the end of its command. */
final class SelectionSummary {
  private SelectionSummary() {}

  static Map<String, Object> facts(Coreset coreset, SelectionDiagnostics found, Path folder) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("folder", folder.toString());
    facts.put("rows", coreset.entries().size());
    facts.put("kept", coreset.kept().length);
    facts.put("selection", coreset.selection());
    facts.put("diagnostics", found);
    return facts;
  }

  static void print(Coreset coreset, Path folder, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%s: kept %,d of %,d rows, by %s%n",
        folder,
        coreset.kept().length,
        coreset.entries().size(),
        coreset.selection().method());
  }

  static void print(SelectionDiagnostics found, PrintWriter out) {
    lines(found).forEach((name, value) -> out.printf("  %-26s %s%n", name, value));
  }

  /** Names and values in the order in which they are worth reading. */
  static Map<String, String> lines(SelectionDiagnostics found) {
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("kept of classes", range(found.classes()));
    if (!found.clusters().isEmpty()) {
      lines.put("kept of clusters", range(found.clusters()));
    }
    Coverage coverage = found.coverage();
    if (coverage != null) {
      lines.put(
          "dropped to nearest kept",
          words("mean %.4g, 95 %% below %.4g", coverage.mean(), coverage.percentile95()));
    }
    if (found.frechetDistance() != null) {
      lines.put("Frechet distance to all", words("%.4g", found.frechetDistance()));
    }
    if (found.precision() != null && found.recall() != null) {
      lines.put(
          "against the dropped",
          words("precision %.3f, recall %.3f", found.precision(), found.recall()));
    }
    Overlap overlap = found.overlap();
    if (overlap != null) {
      lines.put(
          "in common with " + overlap.other(),
          words(
              "%,d rows, %.1f %% of the kept (%.1f %% by chance), Jaccard %.3f",
              overlap.both(), 100 * overlap.share(), 100 * overlap.byChance(), overlap.jaccard()));
    }
    return lines;
  }

  private static String range(List<Share> shares) {
    Comparator<Share> by = Comparator.comparingDouble(Share::share);
    Share least = shares.stream().min(by).orElseThrow();
    Share most = shares.stream().max(by).orElseThrow();
    return words(
        "%d; least %.1f %% (%s), most %.1f %% (%s)",
        shares.size(), 100 * least.share(), least.name(), 100 * most.share(), most.name());
  }

  private static String words(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
