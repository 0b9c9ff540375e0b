package io.winnow.sweep;

import io.winnow.artifact.SpeedUps;
import io.winnow.artifact.TableFile;
import io.winnow.compare.Comparison;
import io.winnow.compare.LogRatio.Interval;
import io.winnow.config.OrNull;
import io.winnow.sweep.SweepTable.Ratio;
import io.winnow.sweep.SweepTable.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A table for programs: a row for every cell and metric, one without a metric for a cell that has
 * none. Numbers are whole doubles.
 */
final class TableRows {
  private TableRows() {}

  /** The columns with their types. */
  static Map<String, TableFile.Type> columns(SweepTable table) {
    Map<String, TableFile.Type> columns = new LinkedHashMap<>();
    columns.put("sweep", TableFile.Type.TEXT);
    columns.put("cell", TableFile.Type.TEXT);
    table.axes().forEach(axis -> columns.put(axis, TableFile.Type.TEXT));
    columns.put("metric", TableFile.Type.TEXT);
    for (String name : List.of("mean", "deviation", "paper")) {
      columns.put(name, TableFile.Type.NUMBER);
    }
    columns.put("n", TableFile.Type.COUNT);
    columns.put("seeds", TableFile.Type.TEXT);
    for (String name : List.of("images", "seconds")) {
      columns.put(name, TableFile.Type.NUMBER);
    }
    for (String name : List.of("training_run", "end_to_end", "equal_steps")) {
      columns.put(name, TableFile.Type.NUMBER);
    }
    columns.put("full_side_measured", TableFile.Type.TEXT);
    columns.put("open", TableFile.Type.TEXT);
    columns.put("against", TableFile.Type.TEXT);
    for (String name : List.of("ratio", "ratio_low", "ratio_high")) {
      columns.put(name, TableFile.Type.NUMBER);
    }
    columns.put("verdict", TableFile.Type.TEXT);
    return columns;
  }

  /** In the order of {@link #columns}; null where there is nothing. */
  static List<List<Object>> rows(SweepTable table) {
    List<List<Object>> rows = new ArrayList<>();
    for (Row row : table.rows()) {
      if (row.values().isEmpty()) {
        rows.add(row(table, row, null));
      }
      row.values().keySet().forEach(metric -> rows.add(row(table, row, metric)));
    }
    return rows;
  }

  private static List<Object> row(SweepTable table, Row row, @OrNull String metric) {
    List<Object> values = new ArrayList<>();
    values.add(table.name());
    values.add(row.cell().label());
    table.axes().forEach(axis -> values.add(row.cell().at().get(axis)));
    Spread spread = metric == null ? null : row.values().get(metric);
    values.add(metric);
    values.add(spread == null ? null : spread.mean());
    values.add(spread == null ? null : spread.deviation());
    values.add(paper(table, row, metric));
    values.add((long) (spread == null ? row.seeds().size() : spread.n()));
    values.add(row.seeds().stream().map(String::valueOf).collect(Collectors.joining(" ")));
    values.add(row.images());
    values.add(row.seconds());
    for (SpeedUps.Kind kind : SpeedUps.Kind.values()) {
      Ratio ratio = row.speedUps().get(kind);
      values.add(ratio == null ? null : ratio.value());
    }
    Ratio training = row.speedUps().get(SpeedUps.Kind.TRAINING_RUN);
    values.add(training == null ? null : String.valueOf(training.measured()));
    values.add(row.open().isEmpty() ? null : String.join("; ", row.open()));
    values.addAll(verdict(table, row, metric));
    return values;
  }

  private static List<Object> verdict(SweepTable table, Row row, @OrNull String metric) {
    CellVerdicts verdicts = table.verdictsOf(row.cell());
    Comparison found = verdicts == null || metric == null ? null : verdicts.by(metric);
    Interval interval = found == null ? null : found.interval();
    return Arrays.asList(
        found == null ? null : verdicts.against(),
        found == null ? null : found.ratio(),
        interval == null ? null : interval.low(),
        interval == null ? null : interval.high(),
        found == null ? null : found.verdict().words());
  }

  /**
   * Published of a pooled metric, at whatever number of samples; of a cell that has no metric, the
   * first one's.
   */
  private static @OrNull Double paper(SweepTable table, Row row, @OrNull String metric) {
    return table.paperMetrics().stream()
        .filter(published -> metric == null || isSeries(metric, published))
        .map(row.paper()::get)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  /** {@code fd-resnet18@2k} is one of {@code fd}; a mean over classes is not. */
  private static boolean isSeries(String metric, String published) {
    String series = metric.replaceFirst("@\\w+$", "");
    return series.equals(published) || series.matches(Pattern.quote(published) + "-[\\w-]+");
  }

  /** The rows as CSV with a header, RFC 4180 with line feeds. */
  static String csv(SweepTable table) {
    StringBuilder out = new StringBuilder();
    out.append(line(List.copyOf(columns(table).keySet())));
    rows(table).forEach(row -> out.append(line(row)));
    return out.toString();
  }

  private static String line(List<?> values) {
    return values.stream().map(TableRows::field).collect(Collectors.joining(",", "", "\n"));
  }

  private static String field(@OrNull Object value) {
    String text = value == null ? "" : value.toString();
    return text.matches("[^\",\n\r]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
  }
}
