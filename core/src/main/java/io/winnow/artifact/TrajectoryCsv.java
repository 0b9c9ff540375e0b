package io.winnow.artifact;

import io.winnow.artifact.ClassWeights.Trajectory;
import io.winnow.artifact.ClassWeights.Trajectory.Row;
import io.winnow.files.AtomicFile;
import io.winnow.files.FileFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A {@link ClassWeights.Trajectory} as {@code class-weights.csv}: a header {@code
 * step,eta,signalToNoise,CLASS,...} and one row per recorded step.
 */
public final class TrajectoryCsv {
  private static final List<String> FIXED = List.of("step", "eta", "signalToNoise");

  private TrajectoryCsv() {}

  /** Writes the whole file, atomically. */
  public static void write(Trajectory trajectory, Path file) {
    StringBuilder text = new StringBuilder(String.join(",", FIXED));
    trajectory.classes().forEach(name -> text.append(',').append(quoted(name)));
    text.append('\n');
    for (Row row : trajectory.rows()) {
      text.append(row.step()).append(',').append(row.eta());
      text.append(',').append(row.signalToNoise());
      for (double weight : row.weights()) {
        text.append(',').append(weight);
      }
      text.append('\n');
    }
    AtomicFile.write(file, out -> out.write(text.toString().getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Reads a file that {@link #write} wrote.
   *
   * @throws IllegalArgumentException naming the line whose columns do not fit the header
   */
  public static Trajectory read(Path file) {
    List<Line> lines;
    try {
      lines = lines(Files.readString(file));
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
    List<String> header = lines.get(0).cells();
    if (header.size() <= FIXED.size() || !header.subList(0, FIXED.size()).equals(FIXED)) {
      throw new IllegalArgumentException(
          file
              + ":1: no header; expected \""
              + String.join(",", FIXED)
              + "\" and the names of the classes. Was the file written by another version?");
    }
    List<Row> rows = new ArrayList<>();
    for (Line line : lines.subList(1, lines.size())) {
      rows.add(row(file, line.number(), line.cells(), header.size()));
    }
    return new Trajectory(header.subList(FIXED.size(), header.size()), rows);
  }

  private static Row row(Path file, int number, List<String> cells, int columns) {
    if (cells.size() != columns) {
      throw new IllegalArgumentException(
          file + ":" + number + ": " + cells.size() + " columns; expected " + columns);
    }
    try {
      double[] numbers =
          cells.subList(1, columns).stream().mapToDouble(Double::parseDouble).toArray();
      return new Row(
          Long.parseLong(cells.get(0)),
          numbers[0],
          numbers[1],
          Arrays.copyOfRange(numbers, 2, numbers.length));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          file + ":" + number + ": " + e.getMessage() + "; expected numbers", e);
    }
  }

  private static String quoted(String cell) {
    return cell.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')
        ? '"' + cell.replace("\"", "\"\"") + '"'
        : cell;
  }

  /** A line of the table, by the number of the first one that it takes in the file. */
  private record Line(int number, List<String> cells) {}

  /** At least one; a name in quotes may hold the end of a line. */
  private static List<Line> lines(String text) {
    List<Line> lines = new ArrayList<>();
    List<String> cells = new ArrayList<>();
    StringBuilder cell = new StringBuilder();
    boolean inside = false;
    int number = 1;
    int first = 1;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      number += c == '\n' ? 1 : 0;
      if (c == '"' && inside && i + 1 < text.length() && text.charAt(i + 1) == '"') {
        cell.append('"');
        i++;
      } else if (c == '"') {
        inside = !inside;
      } else if (!inside && (c == ',' || c == '\n')) {
        cells.add(cell.toString());
        cell.setLength(0);
        if (c == '\n') {
          lines.add(new Line(first, List.copyOf(cells)));
          cells.clear();
          first = number;
        }
      } else if (inside || c != '\r') {
        cell.append(c);
      }
    }
    if (lines.isEmpty() || inside || !cells.isEmpty() || !cell.isEmpty()) { // cut off
      cells.add(cell.toString());
      lines.add(new Line(first, cells));
    }
    return lines;
  }
}
