package io.winnow.sweep;

import io.winnow.artifact.Metric;
import io.winnow.config.Suggestion;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A number of a run that the table shows.
 *
 * @param over which part of the metric
 * @param series as {@link Metric#series}, or the kind alone for every encoder: {@code fd}
 */
record Measure(Over over, String series) {
  /** How a mean over classes is called, behind the name of the metric. */
  private static final String CLASS_MEAN = "class mean";

  private static final List<String> KINDS =
      Arrays.stream(Metric.Kind.values()).map(Metric.Kind::slug).toList();

  /** What a number is taken over. */
  enum Over {
    POOLED(""),
    CLASS_MEAN("class-"),
    WORST_CLASS("worst-class-"),
    EACH_CLASS("each-class-");

    private final String prefix;

    Over(String prefix) {
      this.prefix = prefix;
    }
  }

  /**
   * Of a word in a sweep file.
   *
   * @throws IllegalArgumentException when there is no such metric, naming the nearest
   */
  static Measure of(String word) {
    for (Over over : Over.values()) {
      String series = word.startsWith(over.prefix) ? word.substring(over.prefix.length()) : "";
      if (KINDS.stream().anyMatch(kind -> series.equals(kind) || series.startsWith(kind + "-"))) {
        return new Measure(over, series);
      }
    }
    List<String> known =
        Arrays.stream(Over.values())
            .flatMap(over -> KINDS.stream().map(kind -> over.prefix + kind))
            .toList();
    throw new IllegalArgumentException(
        "metrics has \""
            + word
            + "\", which is none."
            + Suggestion.nearest(word, known)
                .map(name -> " Did you mean " + name + "?")
                .orElse(" Known: " + String.join(", ", KINDS) + ", and class-fid and the like."));
  }

  /** What a comparison calls the distance of a column of the table; of no other has it one. */
  static String distance(String column) {
    String behind = ", " + CLASS_MEAN;
    return column.endsWith(behind)
        ? "class-" + column.substring(0, column.length() - behind.length()).replaceFirst("@.*", "")
        : column;
  }

  /** Numbers of a run by what they are called: {@code fid@2k}, {@code fid@2k, class mean}. */
  Map<String, Double> values(List<Metric> metrics) {
    Map<String, List<Metric>> byName = new LinkedHashMap<>();
    metrics.stream()
        .filter(m -> m.c().variant() == null && (m.label() == null) == (over == Over.POOLED))
        .filter(m -> m.series().equals(series) || m.kind().slug().equals(series))
        .forEach(m -> byName.merge(m.name(), List.of(m), Measure::both));
    Map<String, Double> values = new LinkedHashMap<>();
    byName.forEach((name, found) -> values.putAll(over(name, found)));
    return values;
  }

  private Map<String, Double> over(String name, List<Metric> found) {
    Map<String, Double> values = new LinkedHashMap<>();
    switch (over) {
      case POOLED -> values.put(name, found.get(0).value());
      case CLASS_MEAN ->
          values.put(
              name + ", " + CLASS_MEAN,
              found.stream().mapToDouble(Metric::value).average().orElseThrow());
      case WORST_CLASS ->
          values.put(
              name + ", worst class",
              found.stream().mapToDouble(Metric::value).max().orElseThrow());
      case EACH_CLASS -> found.forEach(m -> values.put(name + ", " + m.className(), m.value()));
    }
    return values;
  }

  private static List<Metric> both(List<Metric> some, List<Metric> more) {
    return Stream.concat(some.stream(), more.stream()).toList();
  }
}
