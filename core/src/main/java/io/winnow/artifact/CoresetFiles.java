package io.winnow.artifact;

import io.winnow.artifact.Coreset.Entry;
import io.winnow.artifact.Coreset.Selection;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.duckdb.DuckDBAppender;

/**
 * The files of a {@link Coreset}: the Parquet manifest, its header, and exports for other tools.
 */
public final class CoresetFiles {
  static final String PARQUET = "coreset.parquet";
  static final String HEADER = "coreset.json";
  static final String EXPORTS = "coreset";
  private static final int UID_HEX = 32; // 128 bits, the width of a DataComp uid
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

  /**
   * Writes {@code coreset.parquet}, {@code coreset.json} and, in the folder {@code coreset}, the
   * exports for other tools (see {@code docs/formats.md}). The header goes last: where it stands,
   * everything else stands.
   */
  public static void write(Coreset coreset, Path folder) {
    Path exports = folder.resolve(EXPORTS);
    table(coreset, folder.resolve(PARQUET), exports);
    lines(coreset, true, exports.resolve("kept.txt"));
    lines(coreset, false, exports.resolve("dropped.txt"));
    positions(coreset.kept(), exports.resolve("kept.npy"));
    positions(coreset.dropped(), exports.resolve("dropped.npy"));
    dataCompUids(coreset, exports.resolve("datacomp-uids.npy"));
    imageFolder(coreset, exports.resolve("metadata.jsonl"));
    Json.write(folder.resolve(HEADER), coreset.selection());
  }

  private static void table(Coreset coreset, Path parquet, Path exports) {
    try (DuckDb duck = DuckDb.open()) {
      duck.execute(
          "CREATE TABLE coreset (position BIGINT, id VARCHAR, path VARCHAR, sha256 VARCHAR,"
              + " uid VARCHAR, label INTEGER, class_name VARCHAR, score DOUBLE, kept BOOLEAN,"
              + " reason VARCHAR, weight DOUBLE)");
      append(coreset.entries(), duck);
      duck.copy("FROM coreset", parquet, "FORMAT parquet, COMPRESSION zstd");
      duck.copy("FROM coreset", exports.resolve("coreset.csv"), "FORMAT csv, HEADER");
      duck.copy("FROM coreset", exports.resolve("coreset.jsonl"), "FORMAT json");
    } catch (SQLException e) {
      throw new UncheckedIOException(
          parquet + ": could not be written (" + DuckDb.firstLine(e) + ")",
          new IOException(e.getMessage(), e));
    }
  }

  private static void append(List<Entry> entries, DuckDb duck) throws SQLException {
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
        rows.endRow();
      }
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
