package io.winnow.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npy;
import io.winnow.weights.Npz;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BareFeaturesTest {
  @TempDir Path folder;

  private static Tensor counting(int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    return Tensors.of(values, rows, columns);
  }

  private Path npy(String name, Tensor tensor) {
    Npy.write(folder.resolve(name), tensor);
    return folder.resolve(name);
  }

  private Path npz(String name, Map<String, Tensor> arrays) {
    Npz.write(folder.resolve(name), arrays);
    return folder.resolve(name);
  }

  /** A matrix of three rows (0, 1), (2, 3), (4, 5), column after column. */
  private Path fortran() throws IOException {
    String dict = "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }";
    String header = dict + " ".repeat(64 - (10 + dict.length() + 1) % 64) + "\n";
    ByteBuffer bytes =
        ByteBuffer.allocate(10 + header.length() + 6 * 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII)).put((byte) 1);
    bytes.put((byte) 0).putShort((short) header.length());
    bytes.put(header.getBytes(StandardCharsets.US_ASCII));
    for (float value : new float[] {0, 2, 4, 1, 3, 5}) {
      bytes.putFloat(value);
    }
    return Files.write(folder.resolve("fortran.npy"), bytes.array());
  }

  @Test
  void isIn_goesByTheNameAndTheArrays() {
    try (Scope scope = Scope.open()) {
      assertThat(BareFeatures.isIn(npy("a.npy", counting(2, 3)))).isTrue();
      assertThat(BareFeatures.isIn(npz("feats.npz", Map.of("feats", counting(2, 3))))).isTrue();
      assertThat(BareFeatures.isIn(npz("arr.npz", Map.of("arr_0", counting(2, 3))))).isTrue();
      assertThat(BareFeatures.isIn(npz("flat.npz", Map.of("arr_0", Tensors.of(new float[4], 4)))))
          .isFalse();
      assertThat(BareFeatures.isIn(npz("other.npz", Map.of("x", counting(2, 3))))).isFalse();
      Tensor mu = Tensors.of(new float[3], 3);
      assertThat(BareFeatures.isIn(npz("stats.npz", Map.of("mu", mu, "arr_0", counting(2, 3)))))
          .isFalse();
      assertThat(BareFeatures.isIn(npy("a.txt", counting(2, 3)))).isFalse();
      assertThat(BareFeatures.isIn(folder)).isFalse();
      assertThat(BareFeatures.isIn(folder.resolve("none.npy"))).isFalse();
    }
  }

  @Test
  void read_everyForm_givesTheRowsInTheirOrder() throws IOException {
    List<Path> files;
    try (Scope scope = Scope.open()) {
      files =
          List.of(
              npy("a.npy", counting(3, 2)),
              npz("feats.npz", Map.of("feats", counting(3, 2), "arr_0", counting(1, 1))),
              npz("arr.npz", Map.of("arr_0", counting(3, 2))),
              fortran());
    }
    for (Path file : files) {
      try (Features features = BareFeatures.read(file);
          Scope scope = Scope.open()) {
        assertThat(features.rows()).as(file.toString()).isEqualTo(3);
        assertThat(features.dimension()).isEqualTo(2);
        assertThat(Tensors.floats(features.block(1, 2))).containsExactly(2, 3, 4, 5);
        assertThat(Tensors.floats(features.gather(new int[] {2, 0}))).containsExactly(4, 5, 0, 1);
        assertThat(features.ids()).containsExactly("000000", "000001", "000002");
        assertThat(features.labels()).containsExactly(-1, -1, -1);
        assertThat(features.classes()).isEmpty();
        assertThat(features.encoder())
            .isEqualTo(EncoderIdentity.unstated(EncoderIdentity.UNKNOWN, 2));
      }
    }
  }

  /** Rows are read by blocks of 1024. */
  @Test
  void read_moreThanABlock_losesNoRow() {
    for (int rows : new int[] {1024, 1025, 2050}) {
      Path file;
      try (Scope scope = Scope.open()) {
        file = npz("many" + rows + ".npz", Map.of("arr_0", counting(rows, 3)));
      }
      try (Features features = BareFeatures.read(file);
          Scope scope = Scope.open()) {
        float[] expected = new float[3 * rows];
        IntStream.range(0, expected.length).forEach(i -> expected[i] = i);
        assertThat(Tensors.floats(features.block(0, rows))).isEqualTo(expected);
      }
    }
  }

  @Test
  void read_whatIsNoMatrixOfFloats_isRefusedWithItsShape() {
    try (Scope scope = Scope.open()) {
      Path integers = npz("integers.npz", Map.of("arr_0", Tensors.of(new long[6], 3, 2)));
      assertThatThrownBy(() -> BareFeatures.read(integers))
          .hasMessageContaining("integers.npz: Long [3, 2]; expected features, floats [N, d]");
      Path empty = npz("empty.npz", Map.of("arr_0", Tensors.of(new float[0], 0, 2)));
      assertThatThrownBy(() -> BareFeatures.read(empty))
          .hasMessageContaining("empty.npz: 0 rows of 2 values; expected features");
      Path narrow = npz("narrow.npz", Map.of("arr_0", Tensors.of(new float[0], 2, 0)));
      assertThatThrownBy(() -> BareFeatures.read(narrow))
          .hasMessageContaining("2 rows of 0 values");
      Path none = npy("none.npy", Tensors.of(new float[0], 0, 2));
      assertThatThrownBy(() -> BareFeatures.read(none)).hasMessageContaining("none.npy");
    }
  }

  @Test
  void takenFor_isTheSameRowsOfANamedEncoder() {
    try (Scope scope = Scope.open()) {
      EncoderIdentity named = new EncoderIdentity("tiny", "tiny/last", "00", "none", 3);
      try (Features features = BareFeatures.read(npy("a.npy", counting(2, 3)))) {
        Features taken = features.takenFor(named);
        assertThat(taken.encoder()).isEqualTo(named);
        assertThat(taken.ids()).isEqualTo(features.ids());
        assertThat(Tensors.floats(taken.block(0, 2))).containsExactly(0, 1, 2, 3, 4, 5);
      }
    }
  }
}
