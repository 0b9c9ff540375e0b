package io.winnow.sweep;

import io.winnow.artifact.SpeedUps;
import io.winnow.config.OrNull;
import io.winnow.sweep.SweepTable.Ratio;
import io.winnow.sweep.SweepTable.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A table for people: one line for every cell, as plain text or Markdown. */
final class TableForm {
  private static final String NONE = "-";

  private final SweepTable table;
  private final List<List<String>> lines = new ArrayList<>();

  private TableForm(SweepTable table) {
    this.table = table;
    List<String> head = new ArrayList<>(List.of("cell"));
    head.addAll(table.metrics());
    table.paperMetrics().forEach(metric -> head.add("paper: " + metric));
    head.addAll(List.of("n", "images", "seconds", "training run", "end to end", "equal steps"));
    lines.add(head);
    table.rows().forEach(row -> lines.add(line(row)));
  }

  static String text(SweepTable table) {
    TableForm form = new TableForm(table);
    int[] widths = form.widths();
    StringBuilder out = new StringBuilder();
    for (List<String> line : form.lines) {
      StringBuilder row = new StringBuilder();
      for (int c = 0; c < line.size(); c++) {
        String format = (c == 0 ? "%-" : "  %") + widths[c] + "s";
        row.append(String.format(Locale.ROOT, format, line.get(c)));
      }
      out.append(row.toString().stripTrailing()).append('\n');
    }
    form.notes().forEach(note -> out.append(note).append('\n'));
    return out.toString();
  }

  static String markdown(SweepTable table) {
    TableForm form = new TableForm(table);
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < form.lines.size(); i++) {
      List<String> line = form.lines.get(i);
      out.append(line.stream().collect(Collectors.joining(" | ", "| ", " |\n")));
      if (i == 0) {
        out.append("| --- |").append(" ---: |".repeat(line.size() - 1)).append('\n');
      }
    }
    out.append('\n');
    form.notes().forEach(note -> out.append(note.replace("|", "\\|")).append("  \n"));
    return out.toString();
  }

  private int[] widths() {
    int[] widths = new int[lines.get(0).size()];
    for (List<String> line : lines) {
      for (int c = 0; c < widths.length; c++) {
        widths[c] = Math.max(widths[c], line.get(c).length());
      }
    }
    return widths;
  }

  private List<String> line(Row row) {
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

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    boolean spread = rows().anyMatch(row -> row.seeds().size() > 1);
    boolean single = rows().anyMatch(row -> row.seeds().size() == 1);
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
    return notes;
  }

  private Stream<Row> rows() {
    return table.rows().stream();
  }
}
