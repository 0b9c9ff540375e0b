package io.winnow.report;

import io.winnow.artifact.Metric;
import io.winnow.artifact.Metric.Circumstances;
import io.winnow.artifact.Metric.Extractor;
import io.winnow.artifact.Metric.Kind;
import io.winnow.artifact.Metric.Sampling;
import io.winnow.artifact.Metrics;
import io.winnow.config.OrNull;
import io.winnow.report.ChartData.Axis;
import io.winnow.report.ChartData.Bars;
import io.winnow.report.ChartData.Layout;
import io.winnow.report.Page.Block;
import io.winnow.report.Page.Chart;
import io.winnow.report.Page.Charts;
import io.winnow.report.Page.Notes;
import io.winnow.report.Page.Section;
import io.winnow.report.Page.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Metrics with their circumstances, class-wise distances (Fig. 2), class agreement. */
final class EvaluationPanels {
  static final String UNWEIGHTED = "unweighted";
  static final String FLOOR_SERIES = "floor: real images alone";
  static final String FLOORS =
      "A floor is what real images alone show: the distance between two disjoint halves of the"
          + " reference, and, at n, of as many images of the reference as there are samples against"
          + " all its others. A distance falls with the number of images, so a value is read"
          + " against the floor at its own n.";

  private EvaluationPanels() {}

  static Section metrics(Metrics metrics) {
    List<List<String>> rows =
        metrics.metrics().stream()
            .filter(m -> m.label() == null)
            .map(EvaluationPanels::row)
            .toList();
    List<Block> blocks = new ArrayList<>();
    if (metrics.metrics().stream().anyMatch(EvaluationPanels::judgedBySelector)) {
      blocks.add(new Notes(true, List.of(Metric.JUDGED_BY_SELECTOR)));
    }
    blocks.add(
        new Table(
            null,
            List.of("Metric", "Value", "Model", "Samples", "Reference", "Circumstances"),
            List.of(false, true, false, true, false, false),
            rows));
    return new Section(
        "metrics",
        "Metrics",
        "Values are comparable only under the same circumstances. " + FLOORS,
        blocks);
  }

  private static boolean judgedBySelector(Metric m) {
    return m.c().notes().contains(Metric.JUDGED_BY_SELECTOR);
  }

  private static List<String> row(Metric m) {
    Circumstances c = m.c();
    return List.of(
        m.name(),
        m.kind() == Kind.CLASS_AGREEMENT
            ? Numbers.percent(rounded(m.value()))
            : Numbers.value(m.value()),
        model(c),
        Numbers.count(m.n()),
        reference(m),
        circumstances(c));
  }

  private static String model(Circumstances c) {
    if (c.variant() == null) {
      return "this run";
    }
    return c.variant().equals(Metric.FLOOR_AT_N) ? "floor at the samples' n" : c.variant();
  }

  /** A score of the samples alone is compared with nothing. */
  private static String reference(Metric m) {
    if (m.nReference() == 0) {
      return "–";
    }
    String name = m.c().sets().reference();
    return (name == null ? "" : name + ", ") + Numbers.count(m.nReference());
  }

  private static double rounded(double share) {
    return Math.round(share * 1000) / 1000.0;
  }

  private static String circumstances(Circumstances c) {
    Stream<String> parts =
        Stream.of(
                extractor(c.extractor()),
                sampling(c.sampling()),
                Stream.of(
                    c.seed() == null ? "" : "seed " + c.seed(),
                    c.precision() == null ? "" : c.precision()))
            .flatMap(own -> own);
    Stream<String> notes = c.notes().stream().filter(n -> !n.equals(Metric.JUDGED_BY_SELECTOR));
    return Stream.concat(parts, notes)
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining(", "));
  }

  private static Stream<String> extractor(@OrNull Extractor e) {
    return e == null
        ? Stream.of()
        : Stream.of(
            "encoder " + e.name() + hash(e.hash()),
            e.resizer() == null ? "" : "resize " + e.resizer());
  }

  private static Stream<String> sampling(@OrNull Sampling s) {
    return s == null
        ? Stream.of()
        : Stream.of(
            s.weights() == null ? "" : s.weights() + " weights",
            s.sampler() == null ? "" : s.sampler(),
            s.steps() == null ? "" : s.steps() + " steps",
            s.guidanceWeight() == null ? "" : "w = " + s.guidanceWeight());
  }

  private static String hash(String hash) {
    return hash == null ? "" : " " + hash.substring(0, Math.min(8, hash.length()));
  }

  /** The pooled distance to put first: FID where there is one, else the first other distance. */
  static Optional<Metric> headline(Metrics metrics) {
    List<Metric> pooled =
        metrics.metrics().stream()
            .filter(
                m -> m.label() == null && m.c().variant() == null && m.kind().headlineDistance())
            .toList();
    return pooled.stream()
        .filter(m -> m.kind() == Kind.FID)
        .findFirst()
        .or(() -> pooled.stream().findFirst());
  }

  /** The floor that belongs to a metric: at its own count where that was measured. */
  static Optional<Metric> floor(Metrics metrics, Metric metric) {
    List<Metric> floors =
        metrics.metrics().stream()
            .filter(m -> m.label() == null && m.floor() && m.series().equals(metric.series()))
            .toList();
    return floors.stream()
        .filter(m -> Metric.FLOOR_AT_N.equals(m.c().variant()))
        .findFirst()
        .or(() -> floors.stream().findFirst());
  }

  static String atCount(Metric floor) {
    return Metric.FLOOR_AT_N.equals(floor.c().variant()) ? "; floor at n " : "; floor ";
  }

  static Optional<Metric> agreement(Metrics metrics) {
    return metrics.metrics().stream()
        .filter(m -> m.label() == null && m.c().variant() == null)
        .filter(m -> m.kind() == Kind.CLASS_AGREEMENT)
        .findFirst();
  }

  /** Class-wise distances, with and without reweighting where both were measured. */
  static Optional<Section> classWise(Metrics metrics) {
    Map<String, List<Metric>> byName = new LinkedHashMap<>();
    metrics.metrics().stream()
        .filter(m -> m.label() != null && m.kind().headlineDistance())
        .forEach(m -> byName.computeIfAbsent(m.series(), k -> new ArrayList<>()).add(m));
    if (byName.isEmpty()) {
      return Optional.empty();
    }
    List<Block> blocks = new ArrayList<>();
    int index = 0;
    for (Map.Entry<String, List<Metric>> e : byName.entrySet()) {
      blocks.add(new Charts(false, List.of(distances(index++, e.getKey(), e.getValue()))));
    }
    boolean both =
        byName.values().stream()
            .flatMap(List::stream)
            .anyMatch(m -> UNWEIGHTED.equals(m.c().variant()));
    return Optional.of(
        new Section(
            "class-wise",
            "Class-wise distances",
            both
                ? "With and without reweighting, as in Fig. 2 of the paper. Lower is better; at this"
                    + " count per class the values are comparable only with each other."
                : "Lower is better. The same training without reweighting was not measured, so there"
                    + " is nothing to compare with.",
            blocks));
  }

  private static Chart distances(int index, String name, List<Metric> metrics) {
    Map<String, Map<String, Double>> byVariant = new LinkedHashMap<>();
    List<String> classes = metrics.stream().map(EvaluationPanels::className).distinct().toList();
    metrics.forEach(
        m ->
            byVariant
                .computeIfAbsent(series(m), k -> new LinkedHashMap<>())
                .put(className(m), m.value()));
    boolean both = byVariant.containsKey(UNWEIGHTED);
    List<Bars> series = new ArrayList<>();
    List<String> variants = new ArrayList<>(byVariant.keySet());
    variants.sort(
        java.util.Comparator.comparingInt(
            v -> v.equals(UNWEIGHTED) ? 0 : v.equals(FLOOR_SERIES) ? 2 : 1));
    for (String variant : variants) {
      Map<String, Double> values = byVariant.get(variant);
      String label =
          variant.isEmpty()
              ? both ? "with reweighting" : "this run"
              : variant.equals(UNWEIGHTED) ? "without reweighting" : variant;
      String tone = variant.isEmpty() ? "a" : variant.equals(UNWEIGHTED) ? "muted" : "b";
      series.add(
          new Bars(label, tone, classes.stream().map(c -> values.getOrDefault(c, 0.0)).toList()));
    }
    return ChartData.bars(
        "chart-class-" + index,
        name,
        alt(name, classes, byVariant),
        new Axis(Layout.GROUPED, "", ""),
        classes,
        series);
  }

  private static String series(Metric m) {
    return m.floor() ? FLOOR_SERIES : m.c().variant() == null ? "" : m.c().variant();
  }

  private static String alt(
      String name, List<String> classes, Map<String, Map<String, Double>> byVariant) {
    Map<String, Double> own = byVariant.getOrDefault("", Map.of());
    Map<String, Double> without = byVariant.getOrDefault(UNWEIGHTED, Map.of());
    long better =
        classes.stream()
            .filter(c -> own.containsKey(c) && without.containsKey(c))
            .filter(c -> own.get(c) < without.get(c))
            .count();
    String comparison =
        without.isEmpty()
            ? "."
            : "; reweighting lowers it in " + better + " of " + classes.size() + ".";
    return "Bars of " + name + " for " + classes.size() + " classes" + comparison;
  }

  /** How often a classifier gives a sample the class that it was asked for. */
  static Optional<Section> agreementByClass(Metrics metrics) {
    List<Metric> own =
        metrics.metrics().stream()
            .filter(m -> m.kind() == Kind.CLASS_AGREEMENT && m.label() != null)
            .filter(m -> m.c().variant() == null)
            .toList();
    if (own.isEmpty()) {
      return Optional.empty();
    }
    Metric worst =
        own.stream().min(java.util.Comparator.comparingDouble(Metric::value)).orElseThrow();
    return Optional.of(
        new Section(
            "agreement",
            "Class agreement",
            "Share of the samples that a classifier puts into the class they were asked for.",
            List.of(
                new Charts(
                    false,
                    List.of(
                        ChartData.bars(
                            "chart-agreement",
                            "Agreement by class",
                            "Bars of class agreement; the lowest is "
                                + className(worst)
                                + " with "
                                + Numbers.percent(rounded(worst.value()))
                                + ".",
                            new Axis(Layout.GROUPED, "%", ""),
                            own.stream().map(EvaluationPanels::className).toList(),
                            List.of(
                                new Bars(
                                    "agreement",
                                    "a",
                                    own.stream()
                                        .map(m -> Math.round(m.value() * 1000) / 10.0)
                                        .toList()))))))));
  }

  static String className(Metric m) {
    return m.className() == null ? "class " + m.label() : m.className();
  }
}
