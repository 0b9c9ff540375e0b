package io.winnow.report;

import io.winnow.compare.Comparison;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A page with the table of a sweep, and a chart for every metric. */
public final class TablePage {
  private TablePage() {}

  /**
   * What the page shows.
   *
   * @param head names of the columns, that of the cells first
   * @param rows a cell each
   * @param notes on the table
   * @param means by metric and cell
   * @param verdicts of cells against others; null for none
   */
  public record Content(
      List<String> head,
      List<List<String>> rows,
      List<String> notes,
      Map<String, Map<String, Double>> means,
      @OrNull Verdicts verdicts) {
    public Content {
      head = List.copyOf(head);
      rows = rows.stream().map(List::copyOf).toList();
      notes = List.copyOf(notes);
      means = Collections.unmodifiableMap(new LinkedHashMap<>(means));
    }
  }

  /**
   * A table of verdicts.
   *
   * @param labels columns on the left that are no numbers
   * @param head names of the columns, that of the cells first
   * @param rows a cell and a distance each
   * @param said the same by name of the cell, in their order
   */
  public record Verdicts(
      int labels,
      List<String> head,
      List<List<String>> rows,
      List<String> notes,
      List<Map.Entry<String, Comparison>> said) {
    public Verdicts {
      said = List.copyOf(said);
      head = List.copyOf(head);
      rows = rows.stream().map(List::copyOf).toList();
      notes = List.copyOf(notes);
    }
  }

  /**
   * Writes one self-contained file.
   *
   * @param title name of the sweep
   */
  public static void write(Path file, String title, Content content) {
    List<Section> sections = new ArrayList<>();
    sections.add(
        new Section(
            "table",
            "Table",
            "A line for every cell.",
            blocks(1, content.head(), content.rows(), content.notes())));
    if (content.verdicts() != null) {
      sections.add(verdicts(content.verdicts()));
    }
    if (!content.means().isEmpty()) {
      sections.add(charts(content.means()));
    }
    String summary =
        content.rows().size() + (content.rows().size() == 1 ? " cell." : " cells of a sweep.");
    Report.render(new Page(title, summary, List.of(), sections, List.of()), "Sweep", file);
  }

  private static Section verdicts(Verdicts verdicts) {
    List<RatioChart.Named> ratios =
        verdicts.said().stream()
            .map(one -> new RatioChart.Named(one.getKey(), one.getValue()))
            .toList();
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        new Charts(false, List.of(RatioChart.of("ratio to what a cell is compared with", ratios))));
    blocks.addAll(blocks(verdicts.labels(), verdicts.head(), verdicts.rows(), verdicts.notes()));
    return new Section(
        "verdicts",
        "Verdicts",
        "Cells against the one that each is compared with. winnow compare says more of two.",
        blocks);
  }

  private static List<Block> blocks(
      int labels, List<String> head, List<List<String>> rows, List<String> notes) {
    List<Boolean> numeric = new ArrayList<>(Collections.nCopies(labels, false));
    numeric.addAll(Collections.nCopies(head.size() - labels, true));
    List<Block> blocks = new ArrayList<>();
    blocks.add(new Table(null, head, numeric, rows));
    if (!notes.isEmpty()) {
      blocks.add(new Notes(false, notes));
    }
    return blocks;
  }

  private static Section charts(Map<String, Map<String, Double>> means) {
    List<Chart> charts = new ArrayList<>();
    means.forEach((metric, values) -> charts.add(chart(charts.size(), metric, values)));
    return new Section(
        "metrics",
        "Metrics by cell",
        "Means over the seeds that are done; their spread is in the table.",
        List.of(new Charts(false, charts)));
  }

  private static Chart chart(int index, String metric, Map<String, Double> values) {
    return ChartData.bars(
        "chart-metric-" + index,
        metric,
        "Bars of " + metric + " for " + values.size() + " cells.",
        new Axis(Layout.HORIZONTAL, "", ""),
        List.copyOf(values.keySet()),
        List.of(new Bars(metric, "a", List.copyOf(values.values()))));
  }
}
