package io.winnow.cli;

import io.winnow.compare.Comparison;
import io.winnow.compare.Difference;
import io.winnow.compare.SeedsNeeded;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.TreeSet;

/** A comparison as text for people. */
final class ComparisonText {
  private final Comparison found;

  ComparisonText(Comparison found) {
    this.found = found;
  }

  void print(PrintWriter out) {
    out.println(
        "B = " + found.pathB() + " against A = " + found.pathA() + ", by " + found.metric());
    out.println();
    values(out);
    out.println();
    line(out, "verdict", verdict());
    line(out, "ratio", ratio());
    line(out, "spread", spread());
    line(out, "test", test());
    line(out, "seeds", "for a verdict with a probability of " + percent(SeedsNeeded.POWER) + ":");
    found.needed().forEach(need -> out.println("             " + need(need)));
    differences(out);
    if (!found.others().isEmpty()) {
      line(
          out, "other", "distances of these runs (--metric): " + String.join(", ", found.others()));
    }
  }

  private void values(PrintWriter out) {
    TreeSet<Long> seeds = new TreeSet<>(found.a().keySet());
    seeds.addAll(found.b().keySet());
    out.println(row("seed", "A", "B", "B / A"));
    for (long seed : seeds) {
      Double a = found.a().get(seed);
      Double b = found.b().get(seed);
      boolean pair = found.seeds().contains(seed);
      out.println(
          row(
              Long.toString(seed),
              a == null ? "" : number(a),
              b == null ? "" : number(b),
              pair ? String.format(Locale.ROOT, "%.4f", b / a) : ""));
    }
  }

  private static String row(String seed, String a, String b, String ratio) {
    return String.format(Locale.ROOT, "%8s  %10s  %10s  %8s", seed, a, b, ratio).stripTrailing();
  }

  private String verdict() {
    String said =
        switch (found.verdict()) {
          case BETTER -> "B is better";
          case WORSE -> "B is worse";
          case CANNOT_TELL -> "cannot tell yet";
        };
    if (found.interval() == null) {
      return said + ": the spread over seeds is not known from one seed";
    }
    return said
        + String.format(
            Locale.ROOT, " (two-sided error rate %s, p = %.2g)", percent(rate()), found.pValue());
  }

  private double rate() {
    return found.errorRate();
  }

  private String ratio() {
    String mean = String.format(Locale.ROOT, "%.4f of B over A", found.ratio());
    return found.interval() == null
        ? mean
        : mean
            + String.format(
                Locale.ROOT,
                ", %s interval %.4f to %.4f; below 1, B is closer to the reference",
                percent(1 - rate()),
                found.interval().low(),
                found.interval().high());
  }

  private String spread() {
    List<String> words = new ArrayList<>();
    if (found.variationA() != null) {
      words.add("A " + percent(found.variationA()));
    }
    if (found.variationB() != null) {
      words.add("B " + percent(found.variationB()));
    }
    if (words.isEmpty()) {
      return "not known from one seed";
    }
    String ofRatio =
        found.found().measured()
            ? "; ratio of two runs "
                + percent(Math.sqrt(Math.expm1(square(found.found().deviation()))))
            : "";
    return "coefficient of variation over seeds: " + String.join(", ", words) + ofRatio;
  }

  private static double square(double x) {
    return x * x;
  }

  private String test() {
    if (!found.found().measured()) {
      return "none";
    }
    if (found.found().paired()) {
      return "paired t test of the log ratio over %d seeds%s%s"
          .formatted(found.seeds().size(), without("A", found.a()), without("B", found.b()));
    }
    return "Welch's t test of the logarithms, %d and %d runs, which share %s: not in pairs"
        .formatted(
            found.a().size(),
            found.b().size(),
            found.a().keySet().stream().anyMatch(found.b()::containsKey)
                ? "one seed alone"
                : "no seed");
  }

  private String without(String side, NavigableMap<Long, Double> values) {
    List<Long> left = found.leftOut(values);
    return left.isEmpty() ? "" : "; left out of " + side + ", having no partner: seeds " + left;
  }

  private static String need(SeedsNeeded need) {
    String gap = percent(need.gap()) + (need.observed() ? " (as found)" : "");
    String assumed =
        need.assumedVariation() == null
            ? ""
            : ", assuming that seeds vary by " + percent(need.assumedVariation());
    return String.format(Locale.ROOT, "gap of %s: %s%s", gap, need.words(), assumed);
  }

  private void differences(PrintWriter out) {
    List<Difference> all = found.differences();
    line(out, "differs", all.isEmpty() ? "nothing but seeds and names" : "A, B");
    all.forEach(
        d -> out.println("             " + d.key() + ": " + value(d.a()) + ", " + value(d.b())));
  }

  private static String value(String text) {
    return text == null ? "absent" : text;
  }

  private static void line(PrintWriter out, String name, String text) {
    out.printf("%-12s %s%n", name, text);
  }

  /** Two significant digits. */
  private static String percent(double share) {
    double hundred = 100 * share;
    String format = hundred >= 10 ? "%.0f %%" : hundred >= 1 ? "%.1f %%" : "%.2f %%";
    String text = String.format(Locale.ROOT, format, hundred);
    return text.replace(".0 %", " %");
  }

  private static String number(double x) {
    return String.format(Locale.ROOT, Math.abs(x) >= 100 ? "%.2f" : "%.5f", x);
  }
}
