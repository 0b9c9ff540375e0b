package io.winnow.cli;

import io.winnow.compare.Comparison;
import io.winnow.config.OrNull;
import io.winnow.report.TablePage;
import io.winnow.sweep.SweepTable;
import io.winnow.sweep.TableFormat;
import io.winnow.sweep.TableText;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The forms that a sweep's table is given in: those of the table itself, and a page. */
enum TableOutput {
  TEXT(TableFormat.TEXT),
  MARKDOWN(TableFormat.MARKDOWN),
  CSV(TableFormat.CSV),
  PARQUET(TableFormat.PARQUET),
  REPORT(null);

  private final @OrNull TableFormat format;

  TableOutput(@OrNull TableFormat format) {
    this.format = format;
  }

  /**
   * Refuses to print what is no text.
   *
   * @param to null for none
   */
  void requirePlace(@OrNull Path to) {
    if (to == null && (this == PARQUET || this == REPORT)) {
      throw new IllegalArgumentException(
          "--format "
              + name().toLowerCase(Locale.ROOT)
              + ": expected a file to write it to. Add --to FILE.");
    }
  }

  /**
   * Writes a table into a file, or prints it.
   *
   * @param to null to print it
   */
  void give(SweepTable table, @OrNull Path to, PrintWriter out) {
    if (to == null) {
      out.print(format.text(table));
    } else if (format == null) {
      TablePage.write(to, table.name(), content(table));
    } else {
      format.write(table, to);
    }
  }

  private static TablePage.Content content(SweepTable table) {
    Map<String, Map<String, Double>> means = new LinkedHashMap<>();
    table.metrics().forEach(metric -> means.put(metric, table.means(metric)));
    TableText verdicts = TableText.verdicts(table);
    List<Map.Entry<String, Comparison>> ratios =
        table.verdicts().stream()
            .flatMap(cell -> cell.found().stream().map(found -> Map.entry(cell.cell(), found)))
            .toList();
    return new TablePage.Content(
        lines(TableText.of(table)), means, verdicts == null ? null : lines(verdicts), ratios);
  }

  private static TablePage.Lines lines(TableText text) {
    return new TablePage.Lines(text.labels(), text.head(), text.rows(), text.notes());
  }
}
