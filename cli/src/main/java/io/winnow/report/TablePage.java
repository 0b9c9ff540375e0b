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
   * Lines of text.
   *
   * @param labels columns on the left that are no numbers
   * @param head names of the columns, that of the cells first
   * @param rows a cell each, or a cell and a distance
   * @param notes on them
   */
  public record Lines(int labels, List<String> head, List<List<String>> rows, List<String> notes) {
    public Lines {
      head = List.copyOf(head);
      rows = rows.stream().map(List::copyOf).toList();
      notes = List.copyOf(notes);
    }
  }

  /**
   * What the page shows.
   *
   * @param table of all cells
   * @param means by metric and cell
   * @param verdicts of cells against others; null for none
   * @param ratios of these, by name of the cell
   */
  public record Content(
      Lines table,
      Map<String, Map<String, Double>> means,
      @OrNull Lines verdicts,
      List<Map.Entry<String, Comparison>> ratios) {
    public Content {
      means = Collections.unmodifiableMap(new LinkedHashMap<>(means));
      ratios = List.copyOf(ratios);
    }
  }

  /**
   * Writes one self-contained file.
   *
   * @param title name of the sweep
   */
  public static void write(Path file, String title, Content content) {
    List<Section> sections = new ArrayList<>();
    sections.add(new Section("table", "Table", "A line for every cell.", blocks(content.table())));
    if (content.verdicts() != null) {
      sections.add(verdicts(content.verdicts(), content.ratios()));
    }
    if (!content.means().isEmpty()) {
      sections.add(charts(content.means()));
    }
    String summary =
        content.table().rows().size()
            + (content.table().rows().size() == 1 ? " cell." : " cells of a sweep.");
    Report.render(new Page(title, summary, List.of(), sections, List.of()), "Sweep", file);
  }

  private static Section verdicts(Lines verdicts, List<Map.Entry<String, Comparison>> ratios) {
    List<RatioChart.Named> named =
        ratios.stream().map(one -> new RatioChart.Named(one.getKey(), one.getValue())).toList();
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        new Charts(false, List.of(RatioChart.of("ratio to what a cell is compared with", named))));
    blocks.addAll(blocks(verdicts));
    return new Section(
        "verdicts",
        "Verdicts",
        "Cells against the one that each is compared with. winnow compare says more of two.",
        blocks);
  }

  private static List<Block> blocks(Lines lines) {
    List<Boolean> numeric = new ArrayList<>(Collections.nCopies(lines.labels(), false));
    numeric.addAll(Collections.nCopies(lines.head().size() - lines.labels(), true));
    List<Block> blocks = new ArrayList<>();
    blocks.add(new Table(null, lines.head(), numeric, lines.rows()));
    if (!lines.notes().isEmpty()) {
      blocks.add(new Notes(false, lines.notes()));
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
