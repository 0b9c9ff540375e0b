package io.winnow.report;

import io.winnow.compare.Comparison;
import io.winnow.report.ChartData.Interval;
import io.winnow.report.Page.Chart;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Ratios of distances with their intervals, in words and as a chart. */
final class RatioChart {
  private RatioChart() {}

  /**
   * A ratio of the chart.
   *
   * @param name of what is judged
   */
  record Named(String name, Comparison found) {}

  /**
   * A row for each.
   *
   * @param axis what the ratios are to
   */
  static Chart of(String axis, List<Named> ratios) {
    List<Interval> rows = ratios.stream().map(RatioChart::row).toList();
    return ChartData.intervals(
        "chart-ratios",
        "Ratios of distances with their intervals",
        "Marks of "
            + rows.size()
            + " ratios: "
            + rows.stream().map(Interval::text).collect(Collectors.joining("; "))
            + ".",
        axis,
        rows);
  }

  private static Interval row(Named one) {
    Comparison found = one.found();
    String label = one.name() + ", " + found.metric();
    return new Interval(
        label,
        label
            + ": "
            + ratio(found.ratio())
            + interval(found, ", ")
            + ", "
            + found.verdict().words(),
        found.ratio(),
        found.interval() == null ? null : found.interval().low(),
        found.interval() == null ? null : found.interval().high());
  }

  static String ratio(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  /** Empty where the spread is not known, else behind some words. */
  static String interval(Comparison found, String before) {
    return found.interval() == null ? "" : before + found.interval().words();
  }
}
