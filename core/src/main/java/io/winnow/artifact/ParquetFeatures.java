package io.winnow.artifact;

import io.winnow.config.OrNull;
import io.winnow.files.ContentHash;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Features in a column of a Parquet file: a list of as many floats in every row. */
final class ParquetFeatures {
  private static final Pattern FLOATS = Pattern.compile("(FLOAT|DOUBLE)\\[\\d*\\]");
  private static final int BLOCK = 1024;

  private final Path file;
  private final @OrNull String embedding;
  private final @OrNull String ids;
  private final @OrNull String labels;

  /**
   * @param embedding column of the features; null for the only one there can be
   * @param ids column of ids; null for the usual one, or rows are counted
   * @param labels column of labels; null for the usual one or none
   */
  ParquetFeatures(Path file, @OrNull String embedding, @OrNull String ids, @OrNull String labels) {
    this.file = file;
    this.embedding = embedding;
    this.ids = ids;
    this.labels = labels;
  }

  /** Copies the column into a folder of features, unless it stands there already, and opens it. */
  Features open(Path work) {
    Map<String, String> columns = columns();
    String column = embedding(columns);
    String identity = String.join("\n", ContentHash.of(file), column, "" + ids, "" + labels);
    if (FeatureFolder.isFinished(work) && FeatureFolder.areOf(work, identity)) {
      return FeatureFolder.read(work);
    }
    List<String> rowIds = ids(columns);
    copy(work, identity, column, rowIds, labels(columns, rowIds.size()));
    return FeatureFolder.read(work);
  }

  private Map<String, String> columns() {
    Map<String, String> columns = new LinkedHashMap<>();
    DuckDb.rows(
        file,
        "DESCRIBE FROM read_parquet(" + DuckDb.quote(file) + ")",
        row -> columns.put(row.getString(1), row.getString(2)));
    return columns;
  }

  private String embedding(Map<String, String> columns) {
    List<String> floats =
        columns.keySet().stream().filter(c -> FLOATS.matcher(columns.get(c)).matches()).toList();
    if (embedding != null) {
      if (!floats.contains(embedding)) {
        throw new IllegalArgumentException(
            file
                + ": "
                + (columns.containsKey(embedding)
                    ? "column " + embedding + " is " + columns.get(embedding)
                    : "no column " + embedding)
                + "; expected a list of floats in every row. It has "
                + described(columns)
                + ".");
      }
      return embedding;
    }
    if (floats.size() != 1) {
      throw new IllegalArgumentException(
          file
              + ": "
              + (floats.isEmpty()
                  ? "no column of embeddings"
                  : floats.size() + " columns that may be the embeddings")
              + "; expected one with a list of floats in every row. It has "
              + described(columns)
              + (floats.isEmpty() ? "." : ". Name it, --embedding COLUMN."));
    }
    return floats.get(0);
  }

  private static String described(Map<String, String> columns) {
    return columns.entrySet().stream()
        .map(column -> column.getKey() + " " + column.getValue())
        .collect(Collectors.joining(", "));
  }

  private List<String> ids(Map<String, String> columns) {
    String column = column(ids, RowLabels.USUAL_IDS, columns);
    if (column == null) {
      long[] rows = {0};
      query("count(*)", row -> rows[0] = row.getLong(1));
      return IntStream.range(0, Math.toIntExact(rows[0])).mapToObj("%06d"::formatted).toList();
    }
    return texts(column);
  }

  private RowLabels labels(Map<String, String> columns, int rows) {
    String column = RowLabels.NONE.equals(labels) ? null : column(labels, RowLabels.USUAL, columns);
    return column == null ? RowLabels.none(rows) : RowLabels.of(texts(column), file + " " + column);
  }

  private @OrNull String column(
      @OrNull String given, List<String> usual, Map<String, String> columns) {
    if (given != null && !columns.containsKey(given)) {
      throw new IllegalArgumentException(
          file + ": no column " + given + "; it has " + described(columns) + ".");
    }
    return given != null
        ? given
        : usual.stream().filter(columns::containsKey).findFirst().orElse(null);
  }

  private List<String> texts(String column) {
    List<String> found = new ArrayList<>();
    query(
        "CAST(" + quoted(column) + " AS VARCHAR)",
        row -> {
          String text = row.getString(1);
          if (text == null) {
            throw new IllegalArgumentException(
                file
                    + ": row "
                    + found.size()
                    + " has no "
                    + column
                    + "; expected one in every row.");
          }
          found.add(text);
        });
    return found;
  }

  private void copy(
      Path work, String identity, String column, List<String> rowIds, RowLabels rowLabels) {
    Copy copy = new Copy(work, identity, rowIds, rowLabels);
    query(quoted(column), row -> copy.take(row.getArray(1)));
    copy.finish();
  }

  /** Rows on their way into a folder of features. */
  private final class Copy {
    private final Path work;
    private final String identity;
    private final List<String> rowIds;
    private final RowLabels rowLabels;
    private final List<float[]> block = new ArrayList<>();
    private FeatureWriter writer; // null before the first row
    private int width;
    private int rows;

    Copy(Path work, String identity, List<String> rowIds, RowLabels rowLabels) {
      this.work = work;
      this.identity = identity;
      this.rowIds = rowIds;
      this.rowLabels = rowLabels;
    }

    void take(@OrNull Array list) throws SQLException {
      Object[] values = list == null ? new Object[0] : (Object[]) list.getArray();
      if (writer == null) {
        width = values.length;
      }
      if (values.length == 0 || values.length != width) {
        throw new IllegalArgumentException(
            String.format(
                "%s: %d values in row %d (%s); expected %s. Take the row out.",
                file,
                values.length,
                rows,
                rowIds.get(rows),
                width == 0 ? "at least one" : width + ", as in the rows before"));
      }
      if (writer == null) {
        EncoderIdentity unknown = EncoderIdentity.unstated(EncoderIdentity.UNKNOWN, width);
        writer = FeatureWriter.create(work, unknown, rowLabels.classes(), identity);
      }
      block.add(floats(values));
      rows++;
      if (block.size() == BLOCK) {
        flush();
      }
    }

    private float[] floats(Object[] values) {
      float[] floats = new float[values.length];
      for (int i = 0; i < values.length; i++) {
        // a value that is not there is no number, and refused as one
        floats[i] = values[i] == null ? Float.NaN : ((Number) values[i]).floatValue();
      }
      return floats;
    }

    private void flush() {
      float[] flat = new float[Math.multiplyExact(block.size(), width)];
      for (int i = 0; i < block.size(); i++) {
        System.arraycopy(block.get(i), 0, flat, i * width, width);
      }
      int first = rows - block.size();
      try (Scope scope = Scope.open()) {
        writer.append(
            Tensors.of(flat, block.size(), width),
            rowIds.subList(first, rows),
            Arrays.copyOfRange(rowLabels.labels(), first, rows));
      }
      block.clear();
    }

    void finish() {
      if (writer == null) {
        throw new IllegalArgumentException(file + ": no rows; expected features, one a row.");
      }
      if (!block.isEmpty()) {
        flush();
      }
      writer.finish();
    }
  }

  private void query(String columns, DuckDb.Row row) {
    DuckDb.rows(file, "SELECT " + columns + " FROM read_parquet(" + DuckDb.quote(file) + ")", row);
  }

  private static String quoted(String column) {
    return '"' + column.replace("\"", "\"\"") + '"';
  }
}
