package io.winnow.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.config.OrNull;
import io.winnow.files.AtomicFile;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npy;
import io.winnow.weights.Npz;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.SQLException;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureSourceTest {
  @TempDir Path home;

  private Path file(String name) {
    return home.resolve(name);
  }

  private Features open(
      Path path, @OrNull String embedding, @OrNull String ids, @OrNull String labels) {
    return new FeatureSource(path, embedding, ids, labels).open(home.resolve("work"));
  }

  private Path parquet(String name, String select) {
    try (DuckDb duck = DuckDb.open()) {
      duck.copy(select, file(name), "FORMAT parquet");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return file(name);
  }

  private Path matrix(String name) {
    try (Scope scope = Scope.open()) {
      Npy.write(file(name), Tensors.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2));
    }
    return file(name);
  }

  private static double[] values(Features features) {
    try (Scope scope = Scope.open()) {
      return Tensors.doubles(features.block(0, Math.toIntExact(features.rows())));
    }
  }

  private static final String ROWS =
      "SELECT * FROM (VALUES ('a', 'dog', [1.5, 2]::FLOAT[]), ('b', 'cat', [3, 4]),"
          + " ('c', 'dog', [5, 6])) AS t(id, label, vector)";

  @Test
  void parquet_listColumn_givesRowsInTheirOrder_andClassesByName() {
    try (Features features = open(parquet("f.parquet", ROWS), null, null, null)) {
      assertThat(features.ids()).containsExactly("a", "b", "c");
      assertThat(features.classes()).containsExactly("cat", "dog");
      assertThat(features.labels()).containsExactly(1, 0, 1);
      assertThat(values(features)).containsExactly(1.5, 2, 3, 4, 5, 6);
      assertThat(features.encoder().stated()).isFalse();
    }
  }

  @Test
  void parquet_fixedListOfDoubles_numbersAsLabels_andCountedIds() {
    Path file =
        parquet(
            "f.parquet",
            "SELECT 7 - i AS klass, [i, 0.5]::DOUBLE[2] AS e, 'n' || i AS name FROM range(3) t(i)");
    try (Features features = open(file, "e", null, "klass")) {
      assertThat(features.ids()).containsExactly("000000", "000001", "000002");
      assertThat(features.labels()).containsExactly(7, 6, 5);
      assertThat(features.classes()).hasSize(8).endsWith("6", "7");
      assertThat(values(features)).containsExactly(0, 0.5, 1, 0.5, 2, 0.5);
    }
    try (Features features = open(file, "e", "name", RowLabels.NONE)) {
      assertThat(features.ids()).containsExactly("n0", "n1", "n2");
      assertThat(features.labels()).containsExactly(0, 0, 0);
      assertThat(features.classes()).containsExactly("all");
    }
  }

  @Test
  void parquet_moreRowsThanABlock_allArrive() {
    Path file = parquet("f.parquet", "SELECT i AS id, [i, -i]::FLOAT[] AS e FROM range(2500) t(i)");
    try (Features features = open(file, null, null, null);
        Scope scope = Scope.open()) {
      assertThat(features.rows()).isEqualTo(2500);
      Tensor some = features.gather(new int[] {0, 1023, 1024, 2499});
      assertThat(Tensors.doubles(some))
          .containsExactly(0, 0, 1023, -1023, 1024, -1024, 2499, -2499);
      assertThat(features.ids().get(2499)).isEqualTo("2499");
    }
  }

  @Test
  void parquet_changedUnderItsName_isReadAnew() {
    open(parquet("f.parquet", ROWS), null, null, null).close();
    Path other = parquet("f.parquet", "SELECT 'z' AS id, [9, 9]::FLOAT[] AS e");
    try (Features features = open(other, null, null, null)) {
      assertThat(values(features)).containsExactly(9, 9);
    }
  }

  @Test
  void parquet_withoutAnEmbedding_saysWhatItHas() {
    Path file = parquet("f.parquet", "SELECT 'a' AS id, 3 AS label");
    assertThatThrownBy(() -> open(file, null, null, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            file
                + ": no column of embeddings; expected one with a list of floats in every row. It"
                + " has id VARCHAR, label INTEGER.");
    assertThatThrownBy(() -> open(file, "vector", null, null))
        .hasMessage(
            file
                + ": no column vector; expected a list of floats in every row. It has id VARCHAR,"
                + " label INTEGER.");
    assertThatThrownBy(() -> open(file, "id", null, null))
        .hasMessageContaining(": column id is VARCHAR; expected a list of floats");
    Path two = parquet("two.parquet", "SELECT [1.0]::FLOAT[] AS a, [1.0]::DOUBLE[] AS b");
    assertThatThrownBy(() -> open(two, null, null, null))
        .hasMessageContaining("2 columns that may be the embeddings")
        .hasMessageEndingWith("Name it, --embedding COLUMN.");
  }

  @Test
  void parquet_badRows_areNamed() {
    Path ragged =
        parquet("r.parquet", "SELECT * FROM (VALUES ('a', [1, 2]::FLOAT[]), ('b', [3])) t(id, e)");
    assertThatThrownBy(() -> open(ragged, null, null, null))
        .hasMessage(
            ragged
                + ": 1 values in row 1 (b); expected 2, as in the rows before. Take the row out.");
    Path gap =
        parquet(
            "g.parquet", "SELECT * FROM (VALUES ('a', [1, 2]::FLOAT[]), (NULL, [3, 4])) t(id, e)");
    assertThatThrownBy(() -> open(gap, null, null, null))
        .hasMessage(gap + ": row 1 has no id; expected one in every row.");
    AtomicFile.writeString(file("no.parquet"), "no");
    assertThatThrownBy(() -> open(file("no.parquet"), null, null, null))
        .hasMessageContaining("no.parquet: could not be read (");
  }

  @Test
  void npy_takesIdsAndLabelsFromFiles() {
    AtomicFile.writeString(file("ids.txt"), "x\ny\nz\n");
    try (Scope scope = Scope.open()) {
      Npy.write(file("labels.npy"), Tensors.of(new long[] {4, 0, 4}, 3));
    }
    try (Features features =
        open(matrix("m.npy"), null, file("ids.txt").toString(), file("labels.npy").toString())) {
      assertThat(features.ids()).containsExactly("x", "y", "z");
      assertThat(features.labels()).containsExactly(4, 0, 4);
      assertThat(features.classes()).containsExactly("0", "1", "2", "3", "4");
      assertThat(values(features)).containsExactly(1, 2, 3, 4, 5, 6);
    }
    try (Features features = open(matrix("m.npy"), null, null, null)) {
      assertThat(features.ids()).containsExactly("000000", "000001", "000002");
      assertThat(features.classes()).containsExactly("all");
    }
  }

  @Test
  void ids_thatStandTwice_areRefused() {
    AtomicFile.writeString(file("ids.txt"), "x\ny\nx\n");
    Path file = matrix("m.npy");
    assertThatThrownBy(() -> open(file, null, file("ids.txt").toString(), null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            file
                + ": the id x stands twice, in rows 0 and 2; expected a row an id. Take one of them"
                + " out, or name other ids, --ids.");
  }

  @Test
  void labels_ofAnotherLength_areRefused() {
    AtomicFile.writeString(file("l.txt"), "cat\ndog\n");
    Path file = matrix("m.npy");
    assertThatThrownBy(() -> open(file, null, null, file("l.txt").toString()))
        .hasMessage(
            file
                + ": 2 labels in "
                + file("l.txt")
                + " for 3 rows; expected one a row. Give the labels of these features.");
    assertThatThrownBy(() -> open(file, null, file("l.txt").toString(), null))
        .hasMessageContaining(": 2 ids in ");
    AtomicFile.writeString(file("l.txt"), "1\n-1\n0\n");
    assertThatThrownBy(() -> open(file, null, null, file("l.txt").toString()))
        .hasMessageContaining("the label of row 1 is -1; expected 0 to 999999");
  }

  @Test
  void npz_withNumpyTexts_namesItsRows() throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file("f.npz")))) {
      zip.putNextEntry(new ZipEntry("feats.npy"));
      zip.write(Files.readAllBytes(matrix("m.npy")));
      zip.putNextEntry(new ZipEntry("ids.npy"));
      zip.write(texts("<U2", "(3,)", "a", "bé", "c"));
      zip.putNextEntry(new ZipEntry("labels.npy"));
      zip.write(texts("|S3", "(3,)", "dog", "cat", "ox"));
    }
    try (Features features = open(file("f.npz"), null, null, null)) {
      assertThat(features.ids()).containsExactly("a", "bé", "c");
      assertThat(features.classes()).containsExactly("cat", "dog", "ox");
      assertThat(features.labels()).containsExactly(1, 0, 2);
      assertThat(values(features)).containsExactly(1, 2, 3, 4, 5, 6);
    }
    assertThatThrownBy(() -> open(file("f.npz"), "x", null, null))
        .hasMessageContaining("no array x; it has [feats, ids, labels]");
    assertThatThrownBy(() -> open(file("f.npz"), null, null, "y"))
        .hasMessageContaining("no array and no file y; expected one of [feats, ids, labels]");
  }

  /** As numpy.save writes texts: four bytes a letter of U, one of S, padded with zeros. */
  private static byte[] texts(String descr, String shape, String... texts) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(NpyHeader.of("'" + descr + "'", shape));
    int width = Integer.parseInt(descr.substring(2));
    for (String text : texts) {
      if (descr.charAt(1) == 'S') {
        out.write(ByteBuffer.allocate(width).put(text.getBytes(StandardCharsets.US_ASCII)).array());
      } else {
        ByteBuffer letters = ByteBuffer.allocate(4 * width).order(ByteOrder.LITTLE_ENDIAN);
        text.codePoints().forEach(letters::putInt);
        out.write(letters.array());
      }
    }
    return out.toByteArray();
  }

  @Test
  void npz_ofIntegersAsIds_readsThem_andAnotherArrayByName() {
    try (Scope scope = Scope.open()) {
      Npz.write(
          file("f.npz"),
          Map.of(
              "z", Tensors.of(new double[] {1, 2, 3, 4}, 2, 2),
              "id", Tensors.of(new long[] {40, 7}, 2)));
    }
    try (Features features = open(file("f.npz"), "z", null, null)) {
      assertThat(features.ids()).containsExactly("40", "7");
    }
    assertThatThrownBy(() -> open(file("f.npz"), null, null, null))
        .hasMessageContaining("no array feats or arr_0; it has [")
        .hasMessageEndingWith("Name the one with the features, --embedding ARRAY.");
  }

  @Test
  void parquet_thatWasCopiedBefore_isNotCopiedAgain() throws IOException {
    Path file = parquet("f.parquet", ROWS);
    open(file, null, null, null).close();
    Path copy = home.resolve("work/encoder.json");
    FileTime before = FileTime.fromMillis(0);
    Files.setLastModifiedTime(copy, before);
    open(file, null, null, null).close();
    assertThat(Files.getLastModifiedTime(copy)).isEqualTo(before);
    open(file, null, null, RowLabels.NONE).close(); // other labels
    assertThat(Files.getLastModifiedTime(copy)).isNotEqualTo(before);
  }

  @Test
  void parquet_withoutRowsOrValues_isRefused_andAValueThatIsNotThereIsNoNumber() {
    Path none = parquet("n.parquet", ROWS + " LIMIT 0");
    assertThatThrownBy(() -> open(none, null, null, null))
        .hasMessage(none + ": no rows; expected features, one a row.");
    Path empty = parquet("e.parquet", "SELECT 'a' AS id, []::FLOAT[] AS e");
    assertThatThrownBy(() -> open(empty, null, null, null))
        .hasMessage(empty + ": 0 values in row 0 (a); expected at least one. Take the row out.");
    Path gap = parquet("g.parquet", "SELECT 'a' AS id, NULL::FLOAT[] AS e");
    assertThatThrownBy(() -> open(gap, null, null, null)).hasMessageContaining("0 values in row 0");
    Path hole = parquet("h.parquet", "SELECT 'a' AS id, [1, NULL]::FLOAT[] AS e");
    try (Features features = open(hole, null, null, null)) {
      assertThat(values(features)).containsExactly(1, Double.NaN);
    }
    assertThatThrownBy(() -> open(hole, null, "name", null))
        .hasMessage(hole + ": no column name; it has id VARCHAR, e FLOAT[].");
  }

  @Test
  void labels_beyondAMillion_areRefused() {
    AtomicFile.writeString(file("l.txt"), "0\n1000000\n0\n");
    Path file = matrix("m.npy");
    assertThatThrownBy(() -> open(file, null, null, file("l.txt").toString()))
        .hasMessageContaining("the label of row 1 is 1000000; expected 0 to 999999");
  }

  @Test
  void source_isKnownByItsName_andRefusedWhereItIsNotThere() {
    for (String name : java.util.List.of("a.npy", "a.npz", "a.parquet")) {
      assertThat(FeatureSource.isAt(file(name))).isTrue();
    }
    assertThat(FeatureSource.isAt(file("a.csv"))).isFalse();
    assertThatThrownBy(() -> open(file("a.npy"), null, null, null))
        .hasMessageStartingWith(file("a.npy") + ": no such file; expected features");
    assertThatThrownBy(() -> open(matrix("m.npy"), "e", null, null))
        .hasMessage(
            file("m.npy") + ": an .npy has one array; expected no --embedding. Leave it out.");
    assertThatThrownBy(() -> open(matrix("m.npy"), null, "none.txt", null))
        .hasMessage(
            file("m.npy")
                + ": no array and no file none.txt; expected a file with a name a row, .npy or"
                + " text.");
  }

  @Test
  void namesThatAreNoText_areRefused() throws IOException {
    Files.write(file("l.txt"), new byte[] {(byte) 0xff, (byte) 0xfe, 10});
    assertThatThrownBy(() -> open(matrix("m.npy"), null, null, file("l.txt").toString()))
        .hasMessage(file("l.txt") + ": no text in UTF-8; expected a line a row, or an .npy.");
  }

  @Test
  void folderOfEncode_keepsItsOwnNames() {
    EncoderIdentity encoder = new EncoderIdentity("e", "net", "sha", "pre", 2);
    FeatureWriter writer =
        FeatureWriter.create(home.resolve("f"), encoder, java.util.List.of("c"), "i");
    try (Scope scope = Scope.open()) {
      writer.append(
          Tensors.of(new float[] {1, 2}, 1, 2), java.util.List.of("c/0.png"), new int[] {0});
    }
    writer.finish();
    assertThat(FeatureSource.isAt(home.resolve("f"))).isTrue();
    assertThat(FeatureSource.isAt(home)).isFalse();
    try (Features features = open(home.resolve("f"), null, null, null)) {
      assertThat(features.ids()).containsExactly("c/0.png");
      assertThat(features.classes()).containsExactly("c");
      assertThat(features.encoder()).isEqualTo(encoder);
    }
    AtomicFile.writeString(file("l.txt"), "dog\n");
    try (Features features = open(home.resolve("f"), null, null, file("l.txt").toString())) {
      assertThat(features.classes()).containsExactly("dog");
    }
    try (Features features = open(home.resolve("f"), null, null, RowLabels.NONE)) {
      assertThat(features.classes()).containsExactly("all");
    }
    assertThatThrownBy(() -> open(home.resolve("f"), "e", null, null))
        .hasMessageContaining("expected neither --embedding nor --ids");
    assertThatThrownBy(() -> open(home.resolve("f"), null, "id", null))
        .hasMessageContaining("expected neither --embedding nor --ids");
  }
}
