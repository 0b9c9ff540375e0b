package io.winnow.data;

import java.util.ArrayList;
import java.util.List;

/** Text with commas between cells, quotes around those that hold commas or lines (RFC 4180). */
final class CsvRecords {
  /** Cells, and the line that they begin on, from 1. */
  record Row(int line, List<String> cells) {}

  private final String text;
  private final List<Row> rows = new ArrayList<>();
  private int at;
  private int line = 1;

  private CsvRecords(String text) {
    this.text = text;
  }

  /** All rows; blank lines are none. */
  static List<Row> of(String text) {
    CsvRecords reading = new CsvRecords(text.replace("\r\n", "\n"));
    while (reading.at < reading.text.length()) {
      reading.row();
    }
    return reading.rows;
  }

  private void row() {
    int first = line;
    List<String> cells = new ArrayList<>();
    do {
      cells.add(cell());
    } while (next(','));
    if (next('\n')) {
      line++;
    }
    if (cells.size() > 1 || !cells.get(0).isBlank()) {
      rows.add(new Row(first, List.copyOf(cells)));
    }
  }

  private boolean next(char c) {
    boolean here = at < text.length() && text.charAt(at) == c;
    at += here ? 1 : 0;
    return here;
  }

  private String cell() {
    StringBuilder cell = new StringBuilder();
    boolean quoted = false;
    for (; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '"') {
        boolean pair = quoted && at + 1 < text.length() && text.charAt(at + 1) == '"';
        if (pair) {
          at++;
          cell.append(c);
        } else {
          quoted = !quoted;
        }
      } else if (!quoted && (c == ',' || c == '\n')) {
        break;
      } else {
        line += c == '\n' ? 1 : 0;
        cell.append(c);
      }
    }
    return cell.toString();
  }
}
