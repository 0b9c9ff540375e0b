package io.winnow.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpyTest {
  @TempDir Path folder;

  @Test
  void write_thenRead_isEquality() {
    try (Scope scope = Scope.open()) {
      for (ScalarType type :
          new ScalarType[] {
            ScalarType.Float,
            ScalarType.Double,
            ScalarType.Half,
            ScalarType.Long,
            ScalarType.Byte,
            ScalarType.Bool,
            ScalarType.Int,
            ScalarType.Short,
            ScalarType.Char
          }) {
        Tensor array = Tensors.of(new double[] {1, 0, 3, 1, 5, 0}, 2, 3).to(type);
        Path file = folder.resolve(type + ".npy");
        Npy.write(file, array.t());
        Tensor back = Npy.read(file);
        assertThat(back.shape()).containsExactly(3, 2);
        assertThat(back.scalar_type().intern()).isEqualTo(type);
        assertThat(Tensors.doubles(back)).containsExactly(Tensors.doubles(array.t()));
      }
    }
  }

  @Test
  void write_scalarAndEmpty_keepTheirShapes() {
    try (Scope scope = Scope.open()) {
      Npy.write(folder.resolve("s.npy"), Tensors.of(new float[] {4}));
      assertThat(Npy.read(folder.resolve("s.npy")).shape()).isEmpty();
      Npy.write(folder.resolve("e.npy"), Tensors.of(new float[0], 0, 4));
      assertThat(Npy.read(folder.resolve("e.npy")).shape()).containsExactly(0, 4);
    }
  }

  @Test
  void read_bfloat16ForWriting_isRefusedWithTheFix() {
    try (Scope scope = Scope.open()) {
      Tensor array = Tensors.of(new float[] {1}, 1).to(ScalarType.BFloat16);
      assertThatThrownBy(() -> Npy.write(folder.resolve("b.npy"), array))
          .hasMessageContaining("BF16")
          .hasMessageContaining("float32");
      assertThat(folder.resolve("b.npy")).doesNotExist();
    }
  }

  @Test
  void read_unsignedBeyondInt64_isRefused() throws IOException {
    Path file = raw("{'descr': '<u8', 'fortran_order': False, 'shape': (1,), }", -1L);
    assertThatThrownBy(() -> Npy.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("2^63");
  }

  @Test
  void read_headerWithACall_isRefusedAndShown() throws IOException {
    Path file = raw("{'descr': eval('1'), 'fortran_order': False, 'shape': (1,), }", 0);
    assertThatThrownBy(() -> Npy.read(file))
        .hasMessageContaining("not a literal dictionary at character")
        .hasMessageContaining("eval");
  }

  @Test
  void read_deepNesting_isRefusedWithoutOverflow() throws IOException {
    Path file = raw("{'descr': " + "(".repeat(50_000), 0);
    assertThatThrownBy(() -> Npy.read(file)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void read_missingFile_namesThePath() {
    assertThatThrownBy(() -> Npy.read(folder.resolve("none.npy")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("none.npy");
  }

  @Test
  void npz_rowByRow_equalsWholeStoredAndDeflated() throws IOException {
    try (Scope scope = Scope.open()) {
      Tensor images =
          org.bytedeco
              .pytorch
              .global
              .torch
              .arange(new org.bytedeco.pytorch.Scalar(5 * 4 * 4 * 3))
              .to(ScalarType.Byte)
              .view(5, 4, 4, 3);
      Path deflated = folder.resolve("deflated.npz");
      Npz.write(
          deflated,
          w ->
              w.addRows(
                  "arr_0",
                  ScalarType.Byte,
                  rows -> {
                    rows.append(images.narrow(0, 0, 2));
                    rows.append(images.narrow(0, 2, 3));
                  },
                  5,
                  4,
                  4,
                  3));
      for (Path file : new Path[] {deflated, stored(images)}) {
        try (Npz npz = Npz.open(file);
            ArrayRows rows = npz.rows("arr_0")) {
          assertThat(rows.shape()).containsExactly(5, 4, 4, 3);
          assertThat(rows.dtype()).isEqualTo(ScalarType.Byte);
          for (int first : new int[] {0, 3, 1, 4}) {
            assertThat(Tensors.bytes(rows.read(first, 1)))
                .containsExactly(Tensors.bytes(images.narrow(0, first, 1)));
          }
          assertThat(Tensors.bytes(npz.tensor("arr_0"))).containsExactly(Tensors.bytes(images));
          assertThatThrownBy(() -> rows.read(4, 2)).hasMessageContaining("rows 4 to 6 of 5");
        }
      }
    }
  }

  @Test
  void npz_tooFewRows_isRefusedAndLeavesNothing() {
    Path file = folder.resolve("short.npz");
    assertThatThrownBy(
            () -> Npz.write(file, w -> w.addRows("a", ScalarType.Float, rows -> {}, 2, 2)))
        .hasMessageContaining("0 elements were written");
    assertThat(file).doesNotExist();
  }

  @Test
  void npz_sameArraysTwice_givesSameBytes() throws IOException {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> arrays = new LinkedHashMap<>();
      arrays.put("mu", Tensors.of(new double[] {1, 2}, 2));
      arrays.put("sigma", Tensors.of(new double[] {1, 2, 3, 4}, 2, 2));
      Npz.write(folder.resolve("a.npz"), arrays);
      Npz.write(folder.resolve("b.npz"), arrays);
      assertThat(Files.readAllBytes(folder.resolve("a.npz")))
          .isEqualTo(Files.readAllBytes(folder.resolve("b.npz")));
      try (Npz npz = Npz.open(folder.resolve("a.npz"))) {
        assertThat(npz.names()).containsExactly("mu", "sigma");
        assertThatThrownBy(() -> npz.tensor("nu")).hasMessageContaining("no array nu");
      }
    }
  }

  @Test
  void rows_ofAMatrix_areReadInBlocksAndOneByOne() {
    Path file = folder.resolve("features.npy");
    try (Scope scope = Scope.open()) {
      Npy.write(file, Tensors.of(new double[] {1, 2, 3, 4, 5, 6}, 3, 2));
      try (NpyRows.Reader reader = NpyRows.open(file)) {
        assertThat(reader.rows()).isEqualTo(3);
        assertThat(reader.dimension()).isEqualTo(2);
        assertThat(Tensors.floats(reader.block(1, 2))).containsExactly(3, 4, 5, 6);
        assertThat(Tensors.floats(reader.gather(new int[] {2, 0, 2})))
            .containsExactly(5, 6, 1, 2, 5, 6);
        assertThat(reader.gather(new int[0]).shape()).containsExactly(0, 2);
        assertThatThrownBy(() -> reader.gather(new int[] {3})).hasMessageContaining("row 3 of 3");
        assertThatThrownBy(() -> reader.block(2, 2)).hasMessageContaining("rows 2 to 4 of 3");
      }
    }
  }

  @Test
  void read_insideAScope_leaksNoPointer() {
    try (Scope scope = Scope.open()) {
      Npy.write(folder.resolve("l.npy"), Tensors.of(new float[] {1, 2}, 2));
    }
    long before = Pointer.totalCount();
    try (Scope scope = Scope.open()) {
      Npy.read(folder.resolve("l.npy"));
    }
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
  }

  private Path raw(String header, long value) throws IOException {
    byte[] text = (header + "\n").getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer bytes =
        ByteBuffer.allocate(10 + text.length + 8).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    bytes
        .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0})
        .putShort((short) text.length);
    bytes.put(text).putLong(value);
    return Files.write(folder.resolve("raw.npy"), bytes.array());
  }

  private Path stored(Tensor images) throws IOException {
    Npy.write(folder.resolve("images.npy"), images);
    byte[] npy = Files.readAllBytes(folder.resolve("images.npy"));
    Path file = folder.resolve("stored.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      ZipEntry entry = new ZipEntry("arr_0.npy");
      entry.setMethod(ZipEntry.STORED);
      entry.setSize(npy.length);
      java.util.zip.CRC32 crc = new java.util.zip.CRC32();
      crc.update(npy);
      entry.setCrc(crc.getValue());
      zip.putNextEntry(entry);
      zip.write(npy);
    }
    return file;
  }
}
