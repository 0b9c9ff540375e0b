package io.winnow.artifact;

import io.winnow.config.OrNull;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.duckdb.DuckDBAppender;

/** A small table of any columns as a Parquet file. */
public final class TableFile {
  private TableFile() {}

  /** What a column holds. */
  public enum Type {
    TEXT("VARCHAR"),
    NUMBER("DOUBLE"),
    COUNT("BIGINT");

    private final String sql;

    Type(String sql) {
      this.sql = sql;
    }
  }

  /**
   * Writes the file, atomically.
   *
   * @param columns by name, in their order
   * @param rows values in the order of the columns: {@code String}, {@code Double}, {@code Long},
   *     or null
   */
  public static void write(Path file, Map<String, Type> columns, List<List<Object>> rows) {
    String declared =
        columns.entrySet().stream()
            .map(c -> '"' + c.getKey().replace("\"", "\"\"") + "\" " + c.getValue().sql)
            .collect(Collectors.joining(", "));
    try (DuckDb duck = DuckDb.open()) {
      duck.execute("CREATE TABLE cells (" + declared + ")");
      try (DuckDBAppender out = duck.connection().createAppender("main", "cells")) {
        for (List<Object> row : rows) {
          out.beginRow();
          for (Object value : row) {
            append(out, value);
          }
          out.endRow();
        }
      }
      duck.copy("FROM cells", file, "FORMAT parquet, COMPRESSION zstd");
    } catch (SQLException e) {
      throw new UncheckedIOException(
          file + ": could not be written (" + DuckDb.firstLine(e) + ")",
          new IOException(e.getMessage(), e));
    }
  }

  private static void append(DuckDBAppender out, @OrNull Object value) throws SQLException {
    if (value == null) {
      out.appendNull();
    } else if (value instanceof Double number) {
      out.append(number.doubleValue());
    } else if (value instanceof Long count) {
      out.append(count.longValue());
    } else {
      out.append((String) value);
    }
  }
}
