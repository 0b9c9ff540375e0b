package io.winnow.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CifarDatasetTest {
  private static final int PIXELS = 3072;
  private static final int ROWS = 3;

  @TempDir Path folder;

  private static byte pixel(int batch, int row, int i) {
    return (byte) (batch * 50 + row * 7 + i + i / 1024 * 29);
  }

  private static int label(int batch, int row) {
    return (batch + row) % 10;
  }

  /** The official binary form: one label byte, then the planes. */
  private static byte[] binary(int batch) {
    byte[] content = new byte[ROWS * (PIXELS + 1)];
    for (int row = 0; row < ROWS; row++) {
      content[row * (PIXELS + 1)] = (byte) label(batch, row);
      for (int i = 0; i < PIXELS; i++) {
        content[row * (PIXELS + 1) + 1 + i] = pixel(batch, row, i);
      }
    }
    return content;
  }

  /** The official python form: the opcodes of Python 2's protocol 2, as in data_batch_1. */
  private static byte[] python(int batch, String module) {
    ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    put(pickle, "\u0080\u0002}q\u0001(U\u000bbatch_labelq\u0002U\u0004testq\u0003");
    put(pickle, "U\u0006labelsq\u0004]q\u0005(");
    for (int row = 0; row < ROWS; row++) {
      put(pickle, "K" + (char) label(batch, row));
    }
    put(
        pickle,
        "eU\u0004dataq\u0006c" + module + "\n_reconstruct\nq\u0007cnumpy\nndarray\nq\u0008");
    put(
        pickle,
        "K\u0000\u0085q\tU\u0001bq\n\u0087q\u000bRq\u000c(K\u0001K\u0003M\u0000\u000c\u0086q\r");
    put(pickle, "cnumpy\ndtype\nq\u000eU\u0002u1q\u000fK\u0000K\u0001\u0087q\u0010Rq\u0011");
    put(
        pickle,
        "(K\u0003U\u0001|q\u0012NNNJ\u00ff\u00ff\u00ff\u00ffJ\u00ff\u00ff\u00ff\u00ffK\u0000tq\u0013b");
    put(pickle, "\u0089T\u0000$\u0000\u0000");
    for (int i = 0; i < ROWS * PIXELS; i++) {
      pickle.write(pixel(batch, i / PIXELS, i % PIXELS));
    }
    put(
        pickle,
        "q\u0014tq\u0015bU\tfilenamesq\u0016]q\u0017(U\u0005a.pngq\u0018U\u0005b.pngq\u0019eu.");
    return pickle.toByteArray();
  }

  private static void put(ByteArrayOutputStream out, String latin1) {
    out.writeBytes(latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static Map<String, byte[]> archive(boolean python) {
    Map<String, byte[]> files = new TreeMap<>();
    String top = python ? "cifar-10-batches-py/" : "cifar-10-batches-bin/";
    for (int batch = 1; batch <= 6; batch++) {
      String name = batch == 6 ? "test_batch" : "data_batch_" + batch;
      files.put(
          top + name + (python ? "" : ".bin"),
          python ? python(batch, "numpy.core.multiarray") : binary(batch));
    }
    return files;
  }

  private void check(Path path) throws Exception {
    try (Dataset train = Datasets.open(Samples.cifar(path, "train"), 0);
        Dataset test = Datasets.open(Samples.cifar(path, "test"), 0)) {
      assertThat(train.size()).isEqualTo(5 * ROWS);
      assertThat(test.size()).isEqualTo(ROWS);
      assertThat(train.classes()) // batches.meta
          .containsExactly(
              "airplane",
              "automobile",
              "bird",
              "cat",
              "deer",
              "dog",
              "frog",
              "horse",
              "ship",
              "truck");
      for (int k = 0; k < 5 * ROWS; k++) {
        int batch = 1 + k / ROWS;
        assertThat(train.id(k)).isEqualTo("data_batch_%d/%05d".formatted(batch, k % ROWS));
        assertThat(train.label(k)).isEqualTo(label(batch, k % ROWS));
        assertThat(train.encoded(k)[1500]).isEqualTo(pixel(batch, k % ROWS, 1500));
      }
      int i = 2 * ROWS + 1; // data_batch_3, row 1
      Image image = train.image(i);
      for (int c = 0; c < 3; c++) {
        assertThat(image.rgb()[3 * 33 + c]).isEqualTo(pixel(3, 1, c * 1024 + 33));
      }
      assertThat(test.encoded(2)[5]).isEqualTo(pixel(6, 2, 5));
    }
  }

  @Test
  void cifar_inEveryForm_isTheSame() throws Exception {
    for (boolean python : new boolean[] {false, true}) {
      Map<String, byte[]> files = archive(python);
      Path packed = folder.resolve("packed-" + python + ".tar.gz");
      Files.write(packed, DatasetsTest.gzip(DatasetsTest.tar(files)));
      Path unpacked = folder.resolve("unpacked-" + python);
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        Samples.write(unpacked.resolve(file.getKey()), file.getValue());
      }
      check(packed);
      check(unpacked);
    }
  }

  @Test
  void cifar_asImageFolder_isOpenedAsOne() {
    Samples.twoClasses(folder.resolve("train"));
    try (Dataset cifar = Datasets.open(Samples.cifar(folder, "train"), 0)) {
      assertThat(cifar.size()).isEqualTo(4);
    }
  }

  @Test
  void python_thatAsksForAnythingElse_isRefusedAndNothingRuns() {
    Path touched = folder.resolve("touched");
    String hostile = "\u0080\u0002cos\nsystem\n(U" + (char) 20 + "touch " + touched + "\ntR.";
    assertThatThrownBy(() -> NumpyPickle.read(hostile.getBytes(StandardCharsets.ISO_8859_1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("os.system");
    assertThat(touched).doesNotExist();
    assertThatThrownBy(() -> NumpyPickle.read(python(1, "numpy.core.evil")))
        .hasMessageContaining("numpy.core.evil._reconstruct");
  }

  @Test
  void archive_cutShort_isSaid() throws Exception {
    Map<String, byte[]> files = archive(false);
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Samples.write(folder.resolve(file.getKey()), file.getValue());
    }
    Path third = folder.resolve("cifar-10-batches-bin/data_batch_3.bin");
    Files.write(third, java.util.Arrays.copyOf(binary(3), 5000));
    assertThatThrownBy(() -> Datasets.open(Samples.cifar(folder, "train"), 0))
        .hasMessageContaining("data_batch_3.bin: 5000 bytes, expected whole records of 3073");
    Files.delete(third);
    assertThatThrownBy(() -> Datasets.open(Samples.cifar(folder, "train"), 0))
        .hasMessageContaining("data_batch_3.bin is missing");
    assertThatThrownBy(() -> NumpyPickle.read(java.util.Arrays.copyOf(python(1, "x"), 40)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
