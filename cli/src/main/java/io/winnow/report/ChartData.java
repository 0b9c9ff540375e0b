package io.winnow.report;

import io.winnow.config.OrNull;
import io.winnow.report.Page.Chart;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Data of the kinds of charts that the page's script draws. */
final class ChartData {
  private ChartData() {}

  /**
   * Values per category, or the bins of a histogram.
   *
   * @param tone names the colour in the style sheet: {@code kept}, {@code dropped}, {@code a},
   *     {@code b}, {@code muted}
   */
  record Bars(String name, String tone, List<? extends Number> values) {}

  /** Points of one line, each x and y. */
  record Line(String name, List<List<Number>> points) {}

  /**
   * Points of one colour, each x, y and what it is.
   *
   * @param tone as of {@link Bars}, or {@code l0} to {@code l11} as lines have them
   */
  record Points(String name, String tone, List<List<Object>> points) {}

  /** Points on a plane of which only distances mean something: one scale, no numbers. */
  static Chart points(String id, String title, String alt, List<Points> series) {
    return new Chart(
        id,
        title,
        alt,
        "points",
        Map.of(
            "series",
            series.stream()
                .map(s -> Map.of("name", s.name(), "tone", s.tone(), "points", s.points()))
                .toList()));
  }

  static Chart bars(
      String id, String title, String alt, Axis axis, List<String> labels, List<Bars> series) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("labels", labels);
    data.put("unit", axis.unit);
    data.put("stack", axis.layout == Layout.STACKED || axis.layout == Layout.HISTOGRAM);
    data.put("horizontal", axis.layout == Layout.HORIZONTAL);
    data.put("histogram", axis.layout == Layout.HISTOGRAM || axis.layout == Layout.OVERLAID);
    data.put("overlay", axis.layout == Layout.OVERLAID);
    data.put("xName", axis.name);
    data.put(
        "series",
        series.stream()
            .map(s -> Map.of("name", s.name(), "tone", s.tone(), "values", s.values()))
            .toList());
    return new Chart(id, title, alt, "bars", data);
  }

  static Chart lines(
      String id, String title, String alt, String xName, boolean log, List<Line> series) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("xName", xName);
    data.put("log", log);
    data.put(
        "series",
        series.stream().map(s -> Map.of("name", s.name(), "points", s.points())).toList());
    return new Chart(id, title, alt, "lines", data);
  }

  /**
   * A value with its interval.
   *
   * @param text what is shown beside it when it is pointed at
   * @param low null, as {@code high}, where nothing is known of it
   */
  record Interval(
      String label, String text, double value, @OrNull Double low, @OrNull Double high) {}

  /** Ratios with their intervals, a row for each, and a line at 1. */
  static Chart intervals(String id, String title, String alt, String xName, List<Interval> rows) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("xName", xName);
    data.put("horizontal", true);
    data.put("labels", rows.stream().map(Interval::label).toList());
    data.put("texts", rows.stream().map(Interval::text).toList());
    data.put("values", rows.stream().map(Interval::value).toList());
    data.put(
        "lows", rows.stream().map(row -> row.low() == null ? row.value() : row.low()).toList());
    data.put(
        "highs", rows.stream().map(row -> row.high() == null ? row.value() : row.high()).toList());
    return new Chart(id, title, alt, "intervals", data);
  }

  /** How bars stand. */
  enum Layout {
    GROUPED,
    STACKED,
    HORIZONTAL,
    HISTOGRAM,
    OVERLAID
  }

  /**
   * What the values are.
   *
   * @param unit behind a value in tooltips and on the axis
   * @param name of the category axis, or empty
   */
  record Axis(Layout layout, String unit, String name) {}
}
