package io.winnow.cli;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Memorisation;
import io.winnow.artifact.Metric;
import io.winnow.evaluate.Evaluation;
import io.winnow.evaluate.Side;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What an evaluation found, as aligned text: pooled values, classes, circumstances, warnings. */
final class EvaluationTable {
  private static final int PAIRS = 5;

  private final Evaluation.Outcome outcome;

  EvaluationTable(Evaluation.Outcome outcome) {
    this.outcome = outcome;
  }

  void print(PrintWriter out) {
    List<List<String>> pooled = new ArrayList<>();
    pooled.add(List.of("metric", "value", "n", "reference n", ""));
    outcome.metrics().stream()
        .filter(m -> m.label() == null)
        .forEach(m -> pooled.add(row(name(m), m)));
    print(out, pooled);
    byClass()
        .forEach(
            (base, metrics) -> {
              List<List<String>> rows = new ArrayList<>();
              rows.add(List.of("class", base, "n", "reference n", ""));
              metrics.forEach(m -> rows.add(row(m.className(), m)));
              out.println();
              print(out, rows);
            });
    if (outcome.memorisation() != null) {
      print(outcome.memorisation(), out);
    }
    out.println();
    int width = 14;
    circumstances().forEach((name, text) -> out.printf("%-" + width + "s %s%n", name, text));
    outcome.warnings().forEach(line -> out.printf("%-" + width + "s %s%n", "warning", line));
  }

  /** Distances to the nearest training image, and the pairs that lie closest. */
  private static void print(Memorisation found, PrintWriter out) {
    List<List<String>> distances = new ArrayList<>();
    distances.add(List.of("to the nearest training image", "images", "closest", "median", ""));
    distances.add(distances("samples", found.samples()));
    distances.add(distances("held-out images", found.heldOut()));
    out.println();
    print(out, distances);
    List<List<String>> pairs = new ArrayList<>();
    pairs.add(List.of("closest samples", "distance", "  training image"));
    found.closest().stream()
        .limit(PAIRS)
        .forEach(p -> pairs.add(List.of(p.sampleId(), value(p.distance()), "  " + p.trainingId())));
    out.println();
    print(out, pairs);
  }

  private static List<String> distances(String name, List<Double> all) {
    return List.of(
        name,
        count(all.size()),
        value(Memorisation.quantile(all, 0)),
        value(Memorisation.quantile(all, 0.5)),
        "");
  }

  /** Under which circumstances all values were measured. */
  Map<String, String> circumstances() {
    Map<String, String> lines = new LinkedHashMap<>();
    describe("samples", outcome.samples(), lines);
    describe("reference", outcome.reference(), lines);
    if (outcome.heldOut() != null) {
      describe("held out", outcome.heldOut(), lines);
    }
    int number = 0;
    for (EncoderIdentity encoder : outcome.encoders()) {
      String suffix = outcome.encoders().size() == 1 ? "" : " " + ++number;
      if (!encoder.stated()) {
        lines.put("encoder" + suffix, encoder.describe());
        continue;
      }
      lines.put(
          "encoder" + suffix,
          encoder.name() + ": " + encoder.network() + ", " + encoder.dimension() + " features");
      lines.put("weights" + suffix, "sha256 " + encoder.weightsSha256());
      lines.put("input" + suffix, encoder.preprocessing());
    }
    lines.put("precision", outcome.precision() + "; distances in float64");
    lines.put("seed", Long.toString(outcome.seed()));
    return lines;
  }

  private static void describe(String side, Side.Facts facts, Map<String, String> lines) {
    StringBuilder text = new StringBuilder(facts.source());
    text.append(": ").append(facts.kind());
    text.append(
        facts.n() == 0
            ? " of an unstated number of images"
            : String.format(Locale.ROOT, ", %,d images", facts.n()));
    if (facts.pixels() != null) {
      text.append(" of ").append(facts.pixels()).append(" pixels");
    }
    if (!facts.classes().isEmpty()) {
      text.append(", ").append(facts.classes().size()).append(" classes");
    }
    lines.put(side, text + ", sha256 " + facts.sha256());
    if (!facts.notes().isEmpty()) {
      lines.put("  of " + side, String.join("; ", facts.notes()));
    }
  }

  private Map<String, List<Metric>> byClass() {
    Map<String, List<Metric>> groups = new LinkedHashMap<>();
    outcome.metrics().stream()
        .filter(m -> m.label() != null)
        .forEach(
            m -> {
              String base = (m.floor() ? "floor of " : "") + m.series();
              groups.computeIfAbsent(base, name -> new ArrayList<>()).add(m);
            });
    return groups;
  }

  private static String name(Metric metric) {
    if (!metric.floor()) {
      return metric.name();
    }
    boolean halves = Metric.FLOOR.equals(metric.c().variant());
    return (halves ? "  floor: " : "  floor at n: ") + metric.name();
  }

  private List<String> row(String first, Metric metric) {
    List<String> own = new ArrayList<>(metric.c().notes());
    outcome.samples().notes().forEach(note -> own.remove("samples: " + note));
    outcome.reference().notes().forEach(note -> own.remove("reference: " + note));
    own.removeIf(note -> outcome.warnings().stream().anyMatch(w -> w.endsWith(note)));
    return List.of(
        first,
        value(metric.value()),
        count(metric.n()),
        count(metric.nReference()),
        String.join("; ", own));
  }

  private static String count(long n) {
    return n == 0 ? "-" : String.format(Locale.ROOT, "%,d", n);
  }

  /** Six significant digits; kernel distances are small numbers. */
  private static String value(double x) {
    double size = Math.abs(x);
    return size != 0 && (size < 1e-3 || size >= 1e6)
        ? String.format(Locale.ROOT, "%.4e", x)
        : String.format(Locale.ROOT, size >= 100 ? "%.3f" : "%.5f", x);
  }

  /** Names to the left, numbers to the right. */
  private static void print(PrintWriter out, List<List<String>> rows) {
    int columns = rows.get(0).size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int c = 0; c < columns - 1; c++) {
        widths[c] = Math.max(widths[c], row.get(c).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int c = 0; c < columns - 1; c++) {
        String format = (c == 0 ? "%-" : "  %") + widths[c] + "s";
        line.append(String.format(Locale.ROOT, format, row.get(c)));
      }
      out.println((line + "  " + row.get(columns - 1)).stripTrailing());
    }
  }
}
