package io.winnow.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.Coreset.Entry;
import io.winnow.artifact.Coreset.Selection;
import io.winnow.files.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoresetTest {
  @TempDir Path folder;

  private static Coreset coreset() {
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      String id = "class, \"" + i % 2 + "\"/" + i + ".png";
      double score = i == 5 ? Double.NaN : -1.0 / (i + 3);
      entries.add(
          new Entry(id, id, Sha256.of(id), i % 2, "c" + i % 2, score, i % 3 == 0, "band", 1));
    }
    return new Coreset(
        new Selection(
            "moderate",
            Map.of("scope", "class"),
            0.3,
            7,
            "abc",
            "def",
            Map.of("c0", 1, "c1", 1),
            Map.of("c0", List.of(0.25, 0.5)),
            List.of()),
        entries);
  }

  @Test
  void coreset_savedAndRead_isEqual() {
    Coreset coreset = coreset();
    CoresetFiles.write(coreset, folder);
    assertThat(CoresetFiles.read(folder)).isEqualTo(coreset);
    assertThat(CoresetFiles.read(folder.resolve("coreset.parquet"))).isEqualTo(coreset);
    assertThat(coreset.kept()).containsExactly(0, 3);
    assertThat(coreset.dropped()).containsExactly(1, 2, 4, 5);
    assertThat(coreset.scores()).startsWith(-1.0 / 3, -0.25).endsWith(Double.NaN);
  }

  @Test
  void entry_withoutAClassName_keepsItsScore_andWithoutAScore_itsClassName() {
    Entry unnamed = new Entry("a", "a", Sha256.of("a"), 0, null, 0.25, true, "all", 1);
    Entry unscored = new Entry("b", "b", Sha256.of("b"), 1, "cat", Double.NaN, false, "all", 2);
    CoresetFiles.write(new Coreset(coreset().selection(), List.of(unnamed, unscored)), folder);
    assertThat(CoresetFiles.read(folder).entries()).containsExactly(unnamed, unscored);
  }

  @Test
  void entry_keptWithoutScore_orWithAShortHash_isExportedAsFarAsItGoes() throws IOException {
    Entry short1 = new Entry("a", "a", "ab", 0, "cat", Double.NaN, true, "all", 1);
    CoresetFiles.write(new Coreset(coreset().selection(), List.of(short1)), folder);
    assertThat(Files.readString(folder.resolve("coreset/metadata.jsonl")))
        .contains("\"file_name\":\"a\"", "\"score\":null");
    assertThat(Files.readAllLines(folder.resolve("coreset/coreset.csv")).get(1))
        .isEqualTo("0,a,a,ab,ab,0,cat,,true,all,1.0");
    assertThat(longs("datacomp-uids.npy", "<u8", "(0,)")).as("no uid of DataComp's").isEmpty();
  }

  @Test
  void map_ofNoManifest_isNone() {
    assertThat(CoresetFiles.hasMap(folder)).isFalse();
    assertThat(CoresetFiles.readMap(folder)).isNull();
  }

  @Test
  void coreset_writtenTwice_givesTheSameBytes() throws IOException {
    CoresetFiles.write(coreset(), folder);
    byte[] first = Files.readAllBytes(folder.resolve("coreset.parquet"));
    CoresetFiles.write(coreset(), folder);
    assertThat(Files.readAllBytes(folder.resolve("coreset.parquet"))).isEqualTo(first);
  }

  private static CoresetMap map() {
    int[][] positions = {{1, 2}, {0, 2}, {3, 1}, {2, 1}, {5, 3}, {4, 3}};
    float[][] distances = {{0, 1}, {0, 2}, {0.5f, 3}, {0.5f, 4}, {7, 8}, {7, 9}};
    return new CoresetMap(
        new float[] {-1, 0, 0.1f, 2, 3, 4},
        new float[] {5, 4, 3, 2, 1, 1e-30f},
        new CoresetMap.Nearest(positions, distances));
  }

  @Test
  void map_isReadAgain_andHidesNothingFromThoseWhoDoNotKnowIt() throws IOException {
    CoresetFiles.write(coreset(), folder);
    assertThat(CoresetFiles.hasMap(folder)).isFalse();
    assertThat(CoresetFiles.readMap(folder)).as("a manifest of before").isNull();
    CoresetFiles.write(coreset(), map(), folder);
    assertThat(CoresetFiles.read(folder)).isEqualTo(coreset());
    assertThat(CoresetFiles.hasMap(folder)).isTrue();
    CoresetMap found = CoresetFiles.readMap(folder);
    assertThat(found.x()).containsExactly(map().x());
    assertThat(found.y()).containsExactly(map().y());
    assertThat(found.nearest().positions()).isDeepEqualTo(map().nearest().positions());
    assertThat(found.nearest().distances()).isDeepEqualTo(map().nearest().distances());
    byte[] first = Files.readAllBytes(folder.resolve("coreset.parquet"));
    CoresetFiles.write(coreset(), found, folder);
    assertThat(Files.readAllBytes(folder.resolve("coreset.parquet"))).isEqualTo(first);
  }

  @Test
  void map_isTheColumnsThatViewersRead() throws IOException {
    CoresetFiles.write(coreset(), map(), folder);
    List<String> columns = new ArrayList<>();
    Path parquet = folder.resolve("coreset.parquet");
    DuckDb.rows(
        parquet,
        "DESCRIBE FROM read_parquet(" + DuckDb.quote(parquet) + ")",
        row -> columns.add(row.getString(1) + " " + row.getString(2)));
    assertThat(columns)
        .contains("x FLOAT", "y FLOAT", "neighbors STRUCT(ids INTEGER[], distances FLOAT[])");
    assertThat(Files.readAllLines(folder.resolve("coreset/coreset.csv")))
        .first()
        .isEqualTo("position,id,path,sha256,uid,label,class_name,score,kept,reason,weight,x,y");
    assertThat(Files.readAllLines(folder.resolve("coreset/coreset.jsonl")))
        .first()
        .asString()
        .endsWith("\"x\":-1.0,\"y\":5.0}");
    CoresetMap bare = new CoresetMap(map().x(), map().y(), null);
    CoresetFiles.write(coreset(), bare, folder);
    assertThat(CoresetFiles.readMap(folder).nearest()).isNull();
  }

  @Test
  void exports_forOtherTools_nameKeptAndDropped() throws IOException {
    CoresetFiles.write(coreset(), folder);
    Path exports = folder.resolve("coreset");
    assertThat(Files.readAllLines(exports.resolve("kept.txt")))
        .containsExactly("class, \"0\"/0.png", "class, \"1\"/3.png");
    assertThat(Files.readAllLines(exports.resolve("dropped.txt")))
        .containsExactly(
            "class, \"1\"/1.png", "class, \"0\"/2.png", "class, \"0\"/4.png", "class, \"1\"/5.png");
    assertThat(Files.readAllLines(exports.resolve("coreset.csv")))
        .hasSize(7)
        .first()
        .isEqualTo("position,id,path,sha256,uid,label,class_name,score,kept,reason,weight");
    assertThat(Files.readAllLines(exports.resolve("coreset.jsonl")))
        .hasSize(6)
        .allMatch(line -> line.startsWith("{\"position\":"));
    assertThat(Files.readAllLines(exports.resolve("metadata.jsonl")))
        .hasSize(2)
        .first()
        .isEqualTo(
            "{\"class_name\":\"c0\",\"file_name\":\"class, \\\"0\\\"/0.png\",\"label\":0,"
                + "\"score\":-0.3333333333333333,\"weight\":1.0}");
  }

  @Test
  void npyExports_holdPositionsAndUids() throws IOException {
    CoresetFiles.write(coreset(), folder);
    assertThat(longs("kept.npy", "'descr': '<i8'", "(2,)")).containsExactly(0L, 3L);
    assertThat(longs("dropped.npy", "'descr': '<i8'", "(4,)")).containsExactly(1L, 2L, 4L, 5L);
    List<Long> uids = longs("datacomp-uids.npy", "[('f0', '<u8'), ('f1', '<u8')]", "(2,)");
    List<String> expected =
        List.of(Sha256.of("class, \"0\"/0.png"), Sha256.of("class, \"1\"/3.png")).stream()
            .map(hash -> hash.substring(0, 32))
            .sorted()
            .toList();
    assertThat(uids).hasSize(4);
    assertThat(String.format("%016x%016x", uids.get(0), uids.get(1))).isEqualTo(expected.get(0));
    assertThat(String.format("%016x%016x", uids.get(2), uids.get(3))).isEqualTo(expected.get(1));
  }

  private List<Long> longs(String name, String descr, String shape) throws IOException {
    byte[] bytes = Files.readAllBytes(folder.resolve("coreset").resolve(name));
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int header = 10 + buffer.getShort(8);
    assertThat(header % 64).isZero();
    assertThat(new String(bytes, 10, header - 10, StandardCharsets.US_ASCII))
        .contains(descr)
        .contains(shape)
        .endsWith("\n");
    List<Long> values = new ArrayList<>();
    buffer.position(header);
    while (buffer.hasRemaining()) {
      values.add(buffer.getLong());
    }
    return values;
  }

  @Test
  void npyHeader_ofAnyLength_isPaddedToSixtyFourBytes() {
    for (int n = 0; n < 70; n++) {
      byte[] header = NpyHeader.of("'" + "x".repeat(n) + "'", "(1,)");
      assertThat(header.length % 64).as("%d", n).isZero();
      assertThat(header[header.length - 1]).isEqualTo((byte) 10);
      assertThat((header[8] & 255) + 256 * (header[9] & 255)).isEqualTo(header.length - 10);
    }
  }

  @Test
  void hash_otherSelection_isAnother() {
    Coreset coreset = coreset();
    List<Entry> changed = new ArrayList<>(coreset.entries());
    Entry e = changed.get(1);
    changed.set(
        1,
        new Entry(
            e.id(), e.path(), e.sha256(), e.label(), e.className(), 9, true, "x", e.weight()));
    assertThat(new Coreset(coreset.selection(), changed).hash()).isNotEqualTo(coreset.hash());
    assertThat(coreset().hash()).isEqualTo(coreset.hash());
    Entry kept = new Entry("a", "a", "ab", 0, "cat", 1, true, "all", 1);
    Entry dropped = new Entry("b", "b", "cd", 0, "cat", 1, false, "all", 1);
    assertThat(new Coreset(coreset.selection(), List.of(kept, dropped)).hash())
        .isEqualTo(Sha256.of("a\nab\n1\nb\ncd\n0\n"));
  }

  @Test
  void read_truncatedParquet_isRefused() throws IOException {
    CoresetFiles.write(coreset(), folder);
    Path parquet = folder.resolve("coreset.parquet");
    byte[] bytes = Files.readAllBytes(parquet);
    Files.write(parquet, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    assertThatThrownBy(() -> CoresetFiles.read(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("coreset.parquet: could not be read");
    Files.delete(parquet);
    assertThatThrownBy(() -> CoresetFiles.read(folder)).hasMessageContaining("no such file");
  }
}
