package io.winnow.artifact;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npy;
import io.winnow.weights.NpyRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.duckdb.DuckDBAppender;

/**
 * The single files of a features folder. While it is being written, beside every shard stands its
 * part of the index, and the parts become {@code index.parquet} at the end.
 */
final class FeatureShards {
  static final String META = "encoder.json";
  static final String INDEX = "index.parquet";

  /** Rows of a shard: 32 MiB at d = 2048, seconds to minutes of encoding. */
  static final int SHARD_ROWS = 4096;

  private FeatureShards() {}

  static String shardName(int index) {
    return String.format(Locale.ROOT, "features-%05d.npy", index);
  }

  private static String partName(int index) {
    return String.format(Locale.ROOT, "index-%05d.parquet", index);
  }

  /** Shards from 0 on that are complete, each with its part of the index. */
  static int wholeShards(Path folder) {
    int shards = 0;
    while (isWhole(folder, shards)) {
      shards++;
    }
    return shards;
  }

  private static boolean isWhole(Path folder, int shard) {
    Path file = folder.resolve(shardName(shard));
    if (!Files.isRegularFile(file) || !Files.isRegularFile(folder.resolve(partName(shard)))) {
      return false;
    }
    try (NpyRows.Reader opened = NpyRows.open(file)) {
      return opened.rows() == SHARD_ROWS;
    } catch (IllegalArgumentException | UncheckedIOException e) {
      return false;
    }
  }

  /** Opens a shard; refuses one that is cut off, and one of another shape. */
  static NpyRows.Reader openShard(Path file, long rows, int dimension) {
    NpyRows.Reader shard;
    try {
      shard = NpyRows.open(file);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          e.getMessage() + " Delete the folder " + file.getParent() + " and encode again.", e);
    }
    if (shard.rows() != rows || shard.dimension() != dimension) {
      String found = shard.rows() + " x " + shard.dimension();
      shard.close();
      throw new IllegalArgumentException(
          file
              + ": "
              + found
              + " values; expected "
              + rows
              + " x "
              + dimension
              + ". Delete its folder and encode again.");
    }
    return shard;
  }

  /** Writes the first {@code rows} rows of a buffer as a shard, atomically. */
  static void writeShard(Path file, float[] values, int rows, int dimension) {
    try (Scope scope = Scope.open()) {
      Npy.write(file, Tensors.of(Arrays.copyOf(values, rows * dimension), rows, dimension));
    }
  }

  static void writePart(
      Path folder, int shard, long firstRow, List<String> ids, List<Integer> labels) {
    Path part = folder.resolve(partName(shard));
    try (DuckDb duck = DuckDb.open()) {
      duck.execute("CREATE TABLE part (id VARCHAR, \"row\" BIGINT, label INTEGER)");
      try (DuckDBAppender rows = duck.connection().createAppender("main", "part")) {
        for (int i = 0; i < ids.size(); i++) {
          rows.beginRow();
          rows.append(ids.get(i));
          rows.append(firstRow + i);
          rows.append((int) labels.get(i));
          rows.endRow();
        }
      }
      duck.copy("FROM part", part, "FORMAT parquet, COMPRESSION zstd");
    } catch (SQLException e) {
      throw failed(part, e);
    }
  }

  static void mergeIndex(Path folder, int shards) {
    Path index = folder.resolve(INDEX);
    StringBuilder parts = new StringBuilder();
    for (int i = 0; i < shards; i++) {
      parts.append(i == 0 ? "" : ", ").append(DuckDb.quote(folder.resolve(partName(i))));
    }
    String query =
        shards == 0
            ? "SELECT ''::VARCHAR AS id, 0::BIGINT AS \"row\", 0::INTEGER AS label LIMIT 0"
            : "SELECT id, \"row\", label FROM read_parquet([" + parts + "])";
    try (DuckDb duck = DuckDb.open()) {
      duck.copy(query, index, "FORMAT parquet, COMPRESSION zstd");
    } catch (SQLException e) {
      throw failed(index, e);
    }
  }

  static void deleteParts(Path folder) {
    delete(folder, name -> name.startsWith("index-") && name.endsWith(".parquet"));
  }

  /** Removes shards, index and mark of an earlier extraction, and nothing else. */
  static void clear(Path folder) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    delete(folder, name -> name.equals(META) || name.equals(INDEX));
    delete(folder, name -> name.startsWith("features-") && name.endsWith(".npy"));
    deleteParts(folder);
  }

  private static void delete(Path folder, Predicate<String> wanted) {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> wanted.test(f.getFileName().toString())).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(folder + ": could not be cleared (" + e.getMessage() + ")", e);
    }
  }

  private static UncheckedIOException failed(Path file, SQLException e) {
    return new UncheckedIOException(
        file + ": could not be written (" + DuckDb.firstLine(e) + ")",
        new IOException(e.getMessage(), e));
  }
}
