package io.winnow.sweep;

import io.winnow.artifact.TableFile;
import io.winnow.files.AtomicFile;
import java.nio.file.Path;
import java.util.function.Function;

/** The forms that a table is written in. */
public enum TableFormat {
  /** Aligned columns, a line for every cell. */
  TEXT,
  /** The same as a table of a page. */
  MARKDOWN,
  /** A line for every cell and metric. */
  CSV,
  /** As {@link #CSV}, typed; a file only. */
  PARQUET;

  /**
   * The table as text.
   *
   * @throws IllegalArgumentException for a form that is none
   */
  public String text(SweepTable table) {
    return switch (this) {
      case TEXT -> both(table, TableText::plain);
      case MARKDOWN -> both(table, TableText::markdown);
      case CSV -> TableRows.csv(table);
      case PARQUET ->
          throw new IllegalArgumentException(
              "--format parquet: no text; expected a file to write it to. Add --to FILE.");
    };
  }

  private static String both(SweepTable table, Function<TableText, String> form) {
    TableText verdicts = TableText.verdicts(table);
    String text = form.apply(TableText.of(table));
    return verdicts == null ? text : text + "\n" + form.apply(verdicts);
  }

  /** Writes the table, atomically. */
  public void write(SweepTable table, Path file) {
    if (this == PARQUET) {
      TableFile.write(file, TableRows.columns(table), TableRows.rows(table));
    } else {
      AtomicFile.writeString(file, text(table));
    }
  }
}
