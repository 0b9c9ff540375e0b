package io.winnow.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {
  @TempDir Path folder;
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void write_thenRead_isEqualityInOrder() {
    Map<String, Tensor> tensors = tensors();
    Path file = folder.resolve("w.safetensors");
    Safetensors.write(file, tensors, Map.of("format", "pt"));
    Map<String, Tensor> back = Safetensors.read(file);
    assertThat(back.keySet()).containsExactlyElementsOf(tensors.keySet());
    tensors.forEach(
        (name, tensor) -> {
          assertThat(back.get(name).shape()).containsExactly(tensor.shape());
          assertThat(back.get(name).scalar_type().intern())
              .isEqualTo(tensor.scalar_type().intern());
          assertThat(Tensors.doubles(back.get(name))).containsExactly(Tensors.doubles(tensor));
        });
    try (Safetensors.Reader reader = Safetensors.open(file)) {
      assertThat(reader.metadata()).containsExactly(Map.entry("format", "pt"));
      assertThat(reader.shape("half")).containsExactly(3);
      assertThat(reader.dtype("half")).isEqualTo(ScalarType.Half);
      assertThatThrownBy(() -> reader.tensor("none")).hasMessageContaining("has no tensor none");
    }
  }

  @Test
  void write_sameTensorsTwice_givesSameBytesAlignedToEight() throws IOException {
    Safetensors.write(folder.resolve("a"), tensors(), Map.of());
    Safetensors.write(folder.resolve("b"), tensors(), Map.of());
    byte[] a = Files.readAllBytes(folder.resolve("a"));
    assertThat(a).isEqualTo(Files.readAllBytes(folder.resolve("b")));
    assertThat(ByteBuffer.wrap(a).order(ByteOrder.LITTLE_ENDIAN).getLong() % 8).isZero();
  }

  @Test
  void write_transposedTensor_isRowMajorInTheFile() {
    Tensor matrix = Tensors.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    Safetensors.write(folder.resolve("t"), Map.of("m", matrix.t()), Map.of());
    assertThat(Tensors.floats(Safetensors.read(folder.resolve("t")).get("m")))
        .containsExactly(1, 4, 2, 5, 3, 6);
  }

  @Test
  void write_intoAMissingFolder_createsIt_intoAFile_namesThePath() throws IOException {
    Safetensors.write(folder.resolve("new/w"), tensors(), Map.of());
    assertThat(folder.resolve("new/w")).exists();
    Files.createFile(folder.resolve("file"));
    assertThatThrownBy(() -> Safetensors.write(folder.resolve("file/w"), tensors(), Map.of()))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("file/w");
  }

  @Test
  void read_unknownFieldsOfAnEntry_areSkippedAsByTheReference() throws IOException {
    Path file =
        raw("{\"w\":{\"dtype\":\"U8\",\"extra\":[1,{}],\"shape\":[1],\"data_offsets\":[0,1]}}", 1);
    assertThat(Safetensors.read(file)).containsOnlyKeys("w");
  }

  @Test
  void read_fractionalShape_isRefused() throws IOException {
    Path file = raw("{\"w\":{\"dtype\":\"U8\",\"shape\":[1.0],\"data_offsets\":[0,1]}}", 1);
    assertThatThrownBy(() -> Safetensors.read(file))
        .hasMessageContaining(file.toString())
        .hasMessageContaining("1.0; whole numbers were expected");
  }

  @Test
  void read_textAfterTheObject_isRefused() throws IOException {
    Path file = raw("{} {}", 0);
    assertThatThrownBy(() -> Safetensors.read(file)).hasMessageContaining("goes on after");
  }

  @Test
  void read_damagedFile_failsWithAMessageAndNothingElse() throws IOException {
    Path file = folder.resolve("f.safetensors");
    Safetensors.write(file, tensors(), Map.of("format", "pt"));
    byte[] whole = Files.readAllBytes(file);
    Random random = new Random(7);
    for (int i = 0; i < 1000; i++) {
      byte[] damaged = whole.clone();
      damaged[random.nextInt(whole.length)] = (byte) random.nextInt(256);
      Files.write(file, damaged);
      try (Scope attempt = Scope.open()) {
        Safetensors.read(file);
      } catch (IllegalArgumentException e) {
        assertThat(e.getMessage()).as("seed 7, attempt " + i).contains("f.safetensors");
      }
    }
  }

  @Test
  void read_keepsNoPointerButTheTensors() {
    Path file = folder.resolve("p");
    Safetensors.write(file, tensors(), Map.of());
    long before = Pointer.totalCount();
    try (Scope inner = Scope.open()) {
      int tensors = Safetensors.read(file).size();
      assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before + tensors);
    }
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
  }

  private static Map<String, Tensor> tensors() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("z.weight", Tensors.of(new float[] {1, 2, 3, 4}, 2, 2));
    tensors.put("a \"quoted\" α", Tensors.of(new long[] {-1, 5}, 2));
    tensors.put("half", Tensors.of(new float[] {1, 2, 3}, 3).to(ScalarType.Half));
    tensors.put("scalar", Tensors.of(new double[] {0.1}));
    tensors.put("empty", Tensors.of(new float[0], 2, 0));
    return tensors;
  }

  private Path raw(String header, int data) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + data).order(ByteOrder.LITTLE_ENDIAN);
    return Files.write(folder.resolve("raw"), bytes.putLong(json.length).put(json).array());
  }
}
