package io.winnow.artifact;

import io.winnow.files.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.duckdb.DuckDBConnection;

/**
 * A DuckDB in memory, used only to read and write Parquet, CSV and JSON lines. One thread and kept
 * insertion order, so that the same rows give the same bytes.
 */
final class DuckDb implements AutoCloseable {
  private final DuckDBConnection connection;

  /** Reads one row of a result. */
  @FunctionalInterface
  interface Row {
    void accept(ResultSet row) throws SQLException;
  }

  private DuckDb(DuckDBConnection connection) {
    this.connection = connection;
  }

  static DuckDb open() throws SQLException {
    Properties settings = new Properties();
    settings.setProperty("threads", "1");
    settings.setProperty("preserve_insertion_order", "true");
    settings.setProperty("autoinstall_known_extensions", "false");
    settings.setProperty("autoload_known_extensions", "false");
    Connection connection = DriverManager.getConnection("jdbc:duckdb:", settings);
    return new DuckDb(connection.unwrap(DuckDBConnection.class));
  }

  DuckDBConnection connection() {
    return connection;
  }

  void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Copies the rows of a query into a file, atomically; {@code format} as in COPY. */
  void copy(String query, Path file, String format) {
    AtomicFile.writePath(
        file,
        temporary -> {
          try {
            execute("COPY (" + query + ") TO " + quote(temporary) + " (" + format + ")");
          } catch (SQLException e) {
            throw new IOException(firstLine(e), e);
          }
        });
  }

  /** Hands every row of a Parquet file to {@code row}. */
  static void read(Path parquet, String columns, String order, Row row) {
    if (!Files.isRegularFile(parquet)) {
      throw new UncheckedIOException(
          parquet + ": no such file", new IOException(parquet.toString()));
    }
    String sql =
        "SELECT " + columns + " FROM read_parquet(" + quote(parquet) + ") ORDER BY " + order;
    try {
      query(sql, row);
    } catch (SQLException e) {
      throw new IllegalArgumentException(
          parquet
              + ": could not be read ("
              + firstLine(e)
              + "); expected Parquet with the columns "
              + columns
              + ". Is the file complete and written by Winnow?",
          e);
    }
  }

  /** Hands every row of a query over another tool's Parquet file to {@code row}. */
  static void rows(Path parquet, String sql, Row row) {
    try {
      query(sql, row);
    } catch (SQLException e) {
      throw new IllegalArgumentException(
          parquet + ": could not be read (" + firstLine(e) + "); expected Parquet. Is it complete?",
          e);
    }
  }

  private static void query(String sql, Row row) throws SQLException {
    try (DuckDb duck = open();
        Statement statement = duck.connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        row.accept(rows);
      }
    }
  }

  static String quote(Path file) {
    return "'" + file.toString().replace("'", "''") + "'";
  }

  static String firstLine(SQLException e) {
    return e.getMessage() == null
        ? "no reason given"
        : e.getMessage().lines().findFirst().orElse("");
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
