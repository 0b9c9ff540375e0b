package io.winnow.compare;

import io.winnow.artifact.Metric;
import io.winnow.artifact.Metric.Kind;
import io.winnow.config.OrNull;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One distance of a run: pooled, or class by class; of each a value per set of samples that the run
 * drew.
 *
 * @param name {@link Metric#series}, with {@code class-} before it where there is one per class
 * @param metrics its values, at least one
 */
record DistanceSeries(String name, List<Metric> metrics) {
  private static final Set<Kind> DISTANCES =
      Set.of(Kind.FID, Kind.SFID, Kind.FD, Kind.FD_INFINITY, Kind.KID, Kind.CMMD);
  private static final String BY_CLASS = "class-";

  /** All distances of a run, in its recipe's order. */
  static List<DistanceSeries> of(SeedRun run) {
    Map<String, List<Metric>> series = new LinkedHashMap<>();
    run.metrics().stream()
        .filter(metric -> DISTANCES.contains(metric.kind()))
        .forEach(
            metric -> series.computeIfAbsent(name(metric), key -> new ArrayList<>()).add(metric));
    List<DistanceSeries> all = new ArrayList<>();
    series.forEach((name, metrics) -> all.add(new DistanceSeries(name, List.copyOf(metrics))));
    return all;
  }

  private static String name(Metric metric) {
    return (metric.label() == null ? "" : BY_CLASS) + metric.series();
  }

  /**
   * The one that was asked for.
   *
   * @param asked its name, with or without the number of samples, or what is measured alone ({@code
   *     fd}, {@code class-fd}); null for the first
   * @throws IllegalArgumentException when there is none, or more than one of that name
   */
  static DistanceSeries choose(SeedRun run, @OrNull String asked) {
    List<DistanceSeries> all = of(run);
    String there = String.join(", ", all.stream().map(DistanceSeries::name).toList());
    if (all.isEmpty()) {
      throw new IllegalArgumentException(
          run.folder()
              + ": metrics.json holds no distance; expected fid, fd, kid or cmmd. Put one into"
              + " evaluate.metrics and run it again.");
    }
    if (asked == null) {
      return all.get(0);
    }
    List<DistanceSeries> named = all.stream().filter(s -> s.isCalled(asked)).toList();
    List<DistanceSeries> found =
        named.isEmpty() ? all.stream().filter(s -> s.kind().equals(asked)).toList() : named;
    if (found.size() != 1) {
      throw new IllegalArgumentException(
          "%s: %s distance \"%s\"; expected one of %s."
              .formatted(run.folder(), found.isEmpty() ? "no" : "more than one", asked, there));
    }
    return found.get(0);
  }

  private boolean isCalled(String asked) {
    return asked.equals(name) || asked.equals(title());
  }

  private String kind() {
    Metric first = metrics.get(0);
    return (first.label() == null ? "" : BY_CLASS) + first.kind().slug();
  }

  /** The name, with the number of samples where it is pooled. */
  String title() {
    return metrics.get(0).label() == null ? metrics.get(0).name() : name;
  }

  /** Whether all values have a logarithm, so that ratios of them can be taken. */
  boolean positive() {
    return metrics.stream().allMatch(DistanceSeries::positive);
  }

  private static boolean positive(Metric metric) {
    return metric.value() > 0 && metric.value() < Double.POSITIVE_INFINITY;
  }

  /**
   * Geometric mean over classes and sets of samples.
   *
   * @param run for messages
   * @throws IllegalArgumentException when a value is not above 0
   */
  double value(SeedRun run) {
    double sum = 0;
    for (Metric metric : metrics) {
      if (!positive(metric)) {
        throw new IllegalArgumentException(
            "%s: %s is %s; expected more than 0, as ratios are compared. Choose another distance with --metric."
                .formatted(run.folder(), metric.name(), metric.value()));
      }
      sum += Math.log(metric.value());
    }
    return Math.exp(sum / metrics.size());
  }
}
