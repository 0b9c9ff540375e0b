package io.winnow.sweep;

import io.winnow.artifact.SpeedUps;
import io.winnow.compare.Comparison;
import io.winnow.compare.LogRatio.Interval;
import io.winnow.compare.SeedsNeeded;
import io.winnow.compare.Verdict;
import io.winnow.config.OrNull;
import io.winnow.sweep.SweepTable.Ratio;
import io.winnow.sweep.SweepTable.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A table for people, all of it text.
 *
 * @param labels columns on the left that are no numbers
 * @param head names of the columns
 * @param rows one for every cell, or for every cell and distance
 * @param notes on numbers, and on what is not done
 */
public record TableText(
    int labels, List<String> head, List<List<String>> rows, List<String> notes) {
  private static final String NONE = "-";

  /** Makes text of a table. */
  public static TableText of(SweepTable table) {
    List<String> head = new ArrayList<>(List.of("cell"));
    head.addAll(table.metrics());
    table.paperMetrics().forEach(metric -> head.add("paper: " + metric));
    head.addAll(List.of("n", "images", "seconds", "training run", "end to end", "equal steps"));
    List<List<String>> rows = table.rows().stream().map(row -> line(table, row)).toList();
    return new TableText(1, List.copyOf(head), rows, notes(table));
  }

  /**
   * Makes text of what can be said of the cells against others.
   *
   * @return null where nothing can
   */
  public static @OrNull TableText verdicts(SweepTable table) {
    List<List<String>> rows =
        table.verdicts().stream()
            .flatMap(cell -> cell.found().stream().map(found -> verdict(cell, found)))
            .toList();
    List<String> head =
        List.of(
            "cell",
            "against",
            "distance",
            "ratio",
            "95 % interval",
            "verdict",
            "seeds",
            "seeds for a verdict");
    String note =
        "ratio: of geometric means over seeds, and over classes; below 1 is closer to the"
            + " reference. A verdict errs in 5 % of cases where there is no difference, with seeds"
            + " fixed before. Seeds for a verdict: for the gap found, in 80 % of cases; a range"
            + " where seeds are taken to vary by 1 to 2 %, as one does not tell.";
    return rows.isEmpty() ? null : new TableText(3, head, rows, List.of(note));
  }

  private static List<String> verdict(CellVerdicts cell, Comparison found) {
    Interval interval = found.interval();
    return List.of(
        cell.cell(),
        cell.against(),
        found.metric(),
        number(found.ratio(), 3),
        interval == null ? NONE : interval.words(),
        found.verdict().words(),
        found.counted(),
        found.verdict() == Verdict.CANNOT_TELL ? needed(found) : NONE);
  }

  /** Of a spread that was measured, or of the least and the largest that are assumed. */
  private static String needed(Comparison found) {
    return found.needed().stream()
        .filter(SeedsNeeded::observed)
        .map(SeedsNeeded::words)
        .distinct()
        .collect(Collectors.joining(" to "));
  }

  /** In aligned columns. */
  String plain() {
    int[] widths = widths();
    StringBuilder out = new StringBuilder();
    for (List<String> line : lines()) {
      StringBuilder row = new StringBuilder();
      for (int c = 0; c < line.size(); c++) {
        String format = (c == 0 ? "%" : "  %") + (c < labels ? "-" : "") + widths[c] + "s";
        row.append(String.format(Locale.ROOT, format, line.get(c)));
      }
      out.append(row.toString().stripTrailing()).append('\n');
    }
    notes.forEach(note -> out.append(note).append('\n'));
    return out.toString();
  }

  String markdown() {
    StringBuilder out = new StringBuilder();
    for (List<String> line : lines()) {
      out.append(line.stream().collect(Collectors.joining(" | ", "| ", " |\n")));
      if (line.equals(head)) {
        out.append("|").append(" --- |".repeat(labels));
        out.append(" ---: |".repeat(line.size() - labels)).append('\n');
      }
    }
    out.append('\n');
    notes.forEach(note -> out.append(note.replace("|", "\\|")).append("  \n"));
    return out.toString();
  }

  private List<List<String>> lines() {
    List<List<String>> lines = new ArrayList<>(List.of(head));
    lines.addAll(rows);
    return lines;
  }

  private int[] widths() {
    int[] widths = new int[head.size()];
    for (List<String> line : lines()) {
      for (int c = 0; c < widths.length; c++) {
        widths[c] = Math.max(widths[c], line.get(c).length());
      }
    }
    return widths;
  }

  private static List<String> line(SweepTable table, Row row) {
    List<String> line = new ArrayList<>(List.of(row.cell().label()));
    table.metrics().forEach(metric -> line.add(value(row, metric)));
    for (String metric : table.paperMetrics()) {
      Double paper = row.paper().get(metric);
      line.add(paper == null ? NONE : paper.toString());
    }
    line.add(Integer.toString(row.seeds().size()));
    line.add(whole(row.images()));
    line.add(row.seconds() == null ? NONE : number(row.seconds(), decimals(row.seconds())));
    for (SpeedUps.Kind kind : SpeedUps.Kind.values()) {
      line.add(ratio(row.speedUps().get(kind)));
    }
    return line;
  }

  private static String value(Row row, String metric) {
    Spread spread = row.values().get(metric);
    if (spread == null) {
      return NONE;
    }
    int decimals = decimals(spread.mean());
    String text = number(spread.mean(), decimals);
    if (spread.deviation() != null) {
      text += " ± " + number(spread.deviation(), decimals);
    }
    return spread.n() == row.seeds().size() ? text : text + " (n " + spread.n() + ")";
  }

  private static String ratio(@OrNull Ratio ratio) {
    return ratio == null
        ? NONE
        : String.format(Locale.ROOT, "%s%.2fx", ratio.measured() ? "" : "~", ratio.value());
  }

  private static String whole(@OrNull Double value) {
    return value == null ? NONE : String.format(Locale.ROOT, "%,d", Math.round(value));
  }

  /** So many that four digits count. */
  private static int decimals(double value) {
    double size = Math.abs(value);
    int before = size < 1e-6 ? 1 : (int) Math.floor(Math.log10(size)) + 1;
    return Math.max(0, Math.min(6, 4 - before));
  }

  private static String number(double value, int decimals) {
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }

  private static List<String> notes(SweepTable table) {
    List<String> notes = new ArrayList<>();
    boolean spread = table.rows().stream().anyMatch(row -> row.seeds().size() > 1);
    boolean single = table.rows().stream().anyMatch(row -> row.seeds().size() == 1);
    if (spread) {
      notes.add("mean ± sample standard deviation over n seeds.");
    }
    if (single) {
      notes.add("n = 1: no spread; one seed decides nothing.");
    }
    if (spread || single) {
      notes.add(
          "images, seconds: of one run alone, shared stages included. Speed-ups in seconds against"
              + " full data; ~: its time is predicted from this run's images per second. At equal"
              + " steps nothing is saved by definition.");
    }
    for (Row row : table.rows()) {
      row.open().forEach(open -> notes.add(row.cell().label() + ": " + open));
    }
    table.verdicts().stream()
        .filter(cell -> cell.refusal() != null)
        .forEach(
            cell ->
                notes.add(
                    cell.cell() + ": not compared with " + cell.against() + ": " + cell.refusal()));
    return List.copyOf(notes);
  }
}
