package io.winnow.artifact;

import io.winnow.artifact.Coreset.Entry;
import io.winnow.artifact.Coreset.Selection;
import io.winnow.config.OrNull;
import io.winnow.files.AtomicFile;
import io.winnow.files.Json;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npy;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.duckdb.DuckDBAppender;

/**
 * The files of a {@link Coreset}: the Parquet manifest, its header, and exports for other tools.
 */
public final class CoresetFiles {
  static final String PARQUET = "coreset.parquet";
  static final String HEADER = "coreset.json";
  static final String EXPORTS = "coreset";
  private static final int UID_HEX = 32; // 128 bits, the width of a DataComp uid
  private static final String NEIGHBORS = "neighbors";

  /** Embedding Atlas, among others, reads such a column: {ids: [...], distances: [...]}. */
  private static final String NEIGHBORS_QUERY =
      "SELECT * EXCLUDE (positions, distances), {'ids': positions, 'distances': distances} AS "
          + NEIGHBORS
          + " FROM coreset";

  private static final String COLUMNS =
      "id, path, sha256, label, class_name, score, kept, reason, weight";

  private CoresetFiles() {}

  /**
   * Reads {@code coreset.parquet} and the {@code coreset.json} beside it.
   *
   * @param parquetOrFolder the Parquet file or the run's folder
   * @throws IllegalArgumentException when the file is no coreset
   */
  public static Coreset read(Path parquetOrFolder) {
    Path parquet =
        Files.isDirectory(parquetOrFolder) ? parquetOrFolder.resolve(PARQUET) : parquetOrFolder;
    Selection selection = Json.read(parquet.resolveSibling(HEADER), Selection.class);
    List<Entry> entries = new ArrayList<>();
    DuckDb.read(parquet, COLUMNS, "position", row -> entries.add(entry(row)));
    return new Coreset(selection, entries);
  }

  private static Entry entry(ResultSet row) throws SQLException {
    double score = row.getDouble(6);
    if (row.wasNull()) {
      score = Double.NaN;
    }
    return new Entry(
        row.getString(1),
        row.getString(2),
        row.getString(3),
        row.getInt(4),
        row.getString(5),
        score,
        row.getBoolean(7),
        row.getString(8),
        row.getDouble(9));
  }

  /** Whether the manifest in a folder has columns of a {@link CoresetMap}. */
  public static boolean hasMap(Path folder) {
    return columns(folder.resolve(PARQUET)).contains("x");
  }

  /**
   * The map in the manifest of a folder.
   *
   * @return null where it has none, as those of earlier versions, or there is no manifest
   */
  public static @OrNull CoresetMap readMap(Path folder) {
    Path parquet = folder.resolve(PARQUET);
    Set<String> columns = columns(parquet);
    return columns.contains("x") ? map(parquet, columns.contains(NEIGHBORS)) : null;
  }

  private static Set<String> columns(Path parquet) {
    if (!Files.exists(parquet)) {
      return Set.of();
    }
    Set<String> columns = new HashSet<>();
    DuckDb.rows(
        parquet,
        "DESCRIBE FROM read_parquet(" + DuckDb.quote(parquet) + ")",
        row -> columns.add(row.getString(1)));
    return columns;
  }

  private static CoresetMap map(Path parquet, boolean near) {
    List<float[]> places = new ArrayList<>();
    List<int[]> positions = new ArrayList<>();
    List<float[]> distances = new ArrayList<>();
    DuckDb.read(
        parquet,
        near ? "x, y, neighbors.ids, neighbors.distances" : "x, y",
        "position",
        row -> {
          places.add(new float[] {row.getFloat(1), row.getFloat(2)});
          if (near) {
            Object[] own = (Object[]) row.getArray(3).getArray();
            positions.add(Arrays.stream(own).mapToInt(p -> ((Number) p).intValue()).toArray());
            distances.add(floats((Object[]) row.getArray(4).getArray()));
          }
        });
    float[] x = new float[places.size()];
    float[] y = new float[places.size()];
    for (int i = 0; i < x.length; i++) {
      x[i] = places.get(i)[0];
      y[i] = places.get(i)[1];
    }
    CoresetMap.Nearest nearest =
        new CoresetMap.Nearest(positions.toArray(int[][]::new), distances.toArray(float[][]::new));
    return new CoresetMap(x, y, near ? nearest : null);
  }

  private static float[] floats(Object[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = ((Number) values[i]).floatValue();
    }
    return floats;
  }

  /** As {@link #write(Coreset, CoresetMap, Path)}, without a map. */
  public static void write(Coreset coreset, Path folder) {
    write(coreset, null, folder);
  }

  /**
   * Writes {@code coreset.parquet}, {@code coreset.json} and, in the folder {@code coreset}, the
   * exports for other tools (see {@code docs/formats.md}). The header goes last: where it stands,
   * everything else stands.
   *
   * @param map further columns of the table; null for none
   */
  public static void write(Coreset coreset, @OrNull CoresetMap map, Path folder) {
    Path exports = folder.resolve(EXPORTS);
    table(coreset, map, folder.resolve(PARQUET), exports);
    lines(coreset, true, exports.resolve("kept.txt"));
    lines(coreset, false, exports.resolve("dropped.txt"));
    positions(coreset.kept(), exports.resolve("kept.npy"));
    positions(coreset.dropped(), exports.resolve("dropped.npy"));
    dataCompUids(coreset, exports.resolve("datacomp-uids.npy"));
    imageFolder(coreset, exports.resolve("metadata.jsonl"));
    Json.write(folder.resolve(HEADER), coreset.selection());
  }

  private static void table(Coreset coreset, @OrNull CoresetMap map, Path parquet, Path exports) {
    String more = map == null ? "" : ", x FLOAT, y FLOAT, positions INTEGER[], distances FLOAT[]";
    String bare = "FROM coreset";
    String all = bare;
    if (map != null) {
      bare = "SELECT * EXCLUDE (positions, distances) FROM coreset";
      all = map.nearest() == null ? bare : NEIGHBORS_QUERY;
    }
    try (DuckDb duck = DuckDb.open()) {
      duck.execute(
          "CREATE TABLE coreset (position BIGINT, id VARCHAR, path VARCHAR, sha256 VARCHAR,"
              + " uid VARCHAR, label INTEGER, class_name VARCHAR, score DOUBLE, kept BOOLEAN,"
              + " reason VARCHAR, weight DOUBLE"
              + more
              + ")");
      append(coreset.entries(), map, duck);
      duck.copy(all, parquet, "FORMAT parquet, COMPRESSION zstd");
      duck.copy(bare, exports.resolve("coreset.csv"), "FORMAT csv, HEADER");
      duck.copy(bare, exports.resolve("coreset.jsonl"), "FORMAT json");
    } catch (SQLException e) {
      throw new UncheckedIOException(
          parquet + ": could not be written (" + DuckDb.firstLine(e) + ")",
          new IOException(e.getMessage(), e));
    }
  }

  private static void append(List<Entry> entries, @OrNull CoresetMap map, DuckDb duck)
      throws SQLException {
    try (DuckDBAppender rows = duck.connection().createAppender("main", "coreset")) {
      for (int i = 0; i < entries.size(); i++) {
        Entry entry = entries.get(i);
        rows.beginRow();
        rows.append((long) i);
        rows.append(entry.id());
        rows.append(entry.path());
        rows.append(entry.sha256());
        rows.append(uid(entry));
        rows.append(entry.label());
        rows.append(entry.className());
        if (Double.isNaN(entry.score())) {
          rows.appendNull();
        } else {
          rows.append(entry.score());
        }
        rows.append(entry.kept());
        rows.append(entry.reason());
        rows.append(entry.weight());
        if (map != null) {
          append(map, i, rows);
        }
        rows.endRow();
      }
    }
  }

  private static void append(CoresetMap map, int row, DuckDBAppender rows) throws SQLException {
    rows.append(map.x()[row]);
    rows.append(map.y()[row]);
    if (map.nearest() == null) {
      rows.appendNull();
      rows.appendNull();
    } else {
      rows.append(map.nearest().positions()[row]);
      rows.append(map.nearest().distances()[row]);
    }
  }

  /** The first 128 bits of the content hash, as hex: DataComp's form of an identity. */
  private static String uid(Entry entry) {
    return entry.sha256().substring(0, Math.min(UID_HEX, entry.sha256().length()));
  }

  private static void lines(Coreset coreset, boolean kept, Path file) {
    AtomicFile.write(
        file,
        out -> {
          for (Entry entry : coreset.entries()) {
            if (entry.kept() == kept) {
              out.write((entry.id() + "\n").getBytes(StandardCharsets.UTF_8));
            }
          }
        });
  }

  private static void positions(int[] positions, Path file) {
    try (Scope scope = Scope.open()) {
      Npy.write(file, Tensors.ofInts(positions));
    }
  }

  /**
   * DataComp's subset file: pairs (upper, lower half of the uid) of the kept samples, as {@code
   * [('f0', '<u8'), ('f1', '<u8')]}, sorted. The uid is {@link #uid}.
   */
  private static void dataCompUids(Coreset coreset, Path file) {
    List<String> uids =
        coreset.entries().stream()
            .filter(Entry::kept)
            .map(CoresetFiles::uid)
            .filter(uid -> uid.length() == UID_HEX)
            .sorted()
            .toList();
    AtomicFile.write(
        file,
        out -> {
          out.write(NpyHeader.of("[('f0', '<u8'), ('f1', '<u8')]", "(" + uids.size() + ",)"));
          for (String uid : uids) {
            littleEndian(out, Long.parseUnsignedLong(uid.substring(0, 16), 16));
            littleEndian(out, Long.parseUnsignedLong(uid.substring(16), 16));
          }
        });
  }

  /** Hugging Face's {@code imagefolder}: put the file into the folder that holds the images. */
  private static void imageFolder(Coreset coreset, Path file) {
    AtomicFile.write(
        file,
        out -> {
          for (Entry entry : coreset.entries()) {
            if (entry.kept()) {
              Map<String, Object> line = new LinkedHashMap<>();
              line.put("file_name", entry.id());
              line.put("label", entry.label());
              line.put("class_name", entry.className());
              line.put("score", Double.isNaN(entry.score()) ? null : entry.score());
              line.put("weight", entry.weight());
              out.write((Json.string(line) + "\n").getBytes(StandardCharsets.UTF_8));
            }
          }
        });
  }

  private static void littleEndian(OutputStream out, long value) throws IOException {
    out.write(
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }
}
