package io.winnow.report;

import io.winnow.artifact.Metric;
import io.winnow.artifact.Metrics;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.artifact.SampleImages;
import io.winnow.artifact.SpeedUps;
import io.winnow.compare.SideBySide;
import io.winnow.config.OrNull;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The runs of one side of a comparison, as far as the page shows them.
 *
 * @param metrics of every run, of its own model
 * @param speedUps of every run
 * @param samples of the first seed; null where there are none
 */
record SideRuns(
    SideBySide.Entry side,
    List<RunRecord> records,
    List<List<Metric>> metrics,
    List<SpeedUps> speedUps,
    @OrNull SampleImages samples) {
  private static final int SAMPLES_PER_CLASS = 6;

  static SideRuns read(SideBySide.Entry side) {
    List<RunRecord> records = new ArrayList<>();
    List<List<Metric>> metrics = new ArrayList<>();
    List<SpeedUps> speedUps = new ArrayList<>();
    for (Path folder : side.runs().values()) {
      RunLayout run = new RunLayout(folder);
      records.add(RunRecord.read(run.record()));
      metrics.add(
          Metrics.read(run.metrics()).metrics().stream()
              .filter(m -> m.c().variant() == null)
              .toList());
      speedUps.add(SpeedUps.read(run.speedUps()));
    }
    RunLayout first = new RunLayout(side.runs().firstEntry().getValue());
    return new SideRuns(
        side,
        records,
        metrics,
        speedUps,
        SampleImages.read(first.samples(RunLayout.Network.MODEL), SAMPLES_PER_CLASS).orElse(null));
  }

  String name() {
    return side.name();
  }

  /**
   * Numbers of every run by what they are called: pooled metrics by their names, the class-wise
   * ones of a distance by their mean over classes and their largest. Several sets of samples of a
   * run are one number, their mean.
   */
  Map<String, List<Double>> numbers() {
    Map<String, List<Double>> numbers = new LinkedHashMap<>();
    for (List<Metric> run : metrics) {
      numbers(run)
          .forEach(
              (name, value) -> numbers.computeIfAbsent(name, n -> new ArrayList<>()).add(value));
    }
    return numbers;
  }

  private static Map<String, Double> numbers(List<Metric> run) {
    Map<String, List<Metric>> pooled = new LinkedHashMap<>();
    Map<String, List<Metric>> byClass = new LinkedHashMap<>();
    for (Metric m : run) {
      if (m.label() == null) {
        pooled.computeIfAbsent(m.name(), n -> new ArrayList<>()).add(m);
      } else if (m.kind().headlineDistance()) {
        byClass.computeIfAbsent(m.series(), n -> new ArrayList<>()).add(m);
      }
    }
    Map<String, Double> numbers = new LinkedHashMap<>();
    pooled.forEach((name, all) -> numbers.put(name, mean(all)));
    byClass.forEach(
        (series, all) -> {
          numbers.put(series + ", mean of classes", mean(all));
          numbers.put(
              series + ", worst class",
              all.stream().mapToDouble(Metric::value).max().orElseThrow());
        });
    return numbers;
  }

  private static double mean(List<Metric> metrics) {
    return metrics.stream().mapToDouble(Metric::value).average().orElseThrow();
  }

  /** Class-wise values of a distance, by class in the order of labels; means over all runs. */
  Map<String, Double> byClass(String series) {
    Map<String, List<Metric>> found = new LinkedHashMap<>();
    metrics.stream()
        .flatMap(List::stream)
        .filter(m -> m.label() != null && m.series().equals(series))
        .sorted(Comparator.comparing(Metric::label))
        .forEach(
            m ->
                found
                    .computeIfAbsent(EvaluationPanels.className(m), c -> new ArrayList<>())
                    .add(m));
    Map<String, Double> values = new LinkedHashMap<>();
    found.forEach((name, all) -> values.put(name, mean(all)));
    return values;
  }

  /** Of one run, a mean over the runs. */
  double seconds() {
    return records.stream().mapToDouble(CostPanels::total).average().orElseThrow();
  }

  /** Of one run, a mean over the runs. */
  double images() {
    return records.stream()
        .mapToLong(r -> r.stages().values().stream().mapToLong(RunRecord.Stage::images).sum())
        .average()
        .orElseThrow();
  }
}
