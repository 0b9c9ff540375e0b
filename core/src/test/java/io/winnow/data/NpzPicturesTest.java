package io.winnow.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.files.Sha256;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npz;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpzPicturesTest {
  private static final int COUNT = 1300; // six blocks of at most 256 rows

  @TempDir Path folder;

  /** Value of a byte: different in every row, and in every place of the first rows. */
  private static byte value(int row, int place) {
    return (byte) (7 * row + row / 256 + 31 * place);
  }

  private Path file(int count, long[] shape, long[] labels) {
    Path file = folder.resolve("batch.npz");
    int places = 1;
    for (int i = 1; i < shape.length; i++) {
      places *= (int) shape[i];
    }
    byte[] pixels = new byte[count * places];
    for (int p = 0; p < pixels.length; p++) {
      pixels[p] = value(p / places, p % places);
    }
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> arrays = new LinkedHashMap<>();
      arrays.put("arr_0", Tensor.create(pixels, shape).to(ScalarType.Byte));
      if (labels != null) {
        arrays.put("arr_1", Tensors.of(labels, labels.length));
      }
      Npz.write(file, arrays);
    }
    return file;
  }

  @Test
  void images_inAnyOrder_areTheRowsOfTheFile() {
    Path file = file(COUNT, new long[] {COUNT, 2, 1, 3}, null);
    try (NpzPictures pictures = NpzPictures.open(file, List.of())) {
      assertThat(pictures.size()).isEqualTo(COUNT);
      assertThat(pictures.hash()).isEqualTo(Sha256.of(file));
      for (int row : new int[] {0, 255, 256, 1299, 3, 1024, 700, 255, 1299, 0}) {
        assertThat(pictures.image(row).height()).isEqualTo(2);
        assertThat(pictures.image(row).width()).isEqualTo(1);
        byte[] rgb = pictures.encoded(row);
        for (int place = 0; place < 6; place++) {
          assertThat(rgb[place]).as("row %d place %d", row, place).isEqualTo(value(row, place));
        }
      }
      assertThat(pictures.id(7)).isEqualTo("000007");
      assertThat(pictures.label(7)).isEqualTo(-1);
      assertThat(pictures.classes()).isEmpty();
    }
  }

  @Test
  void labels_countOnlyWithNames_whichAreTheirNumbersWhereThereAreNoOthers() {
    Path file = file(4, new long[] {4, 1, 1, 3}, new long[] {2, 0, 1, 2});
    try (NpzPictures named = NpzPictures.open(file, List.of("a", "b", "c"));
        NpzPictures unnamed = NpzPictures.open(file, List.of())) {
      assertThat(List.of(named.label(0), named.label(1), named.label(3))).containsExactly(2, 0, 2);
      assertThat(named.classes()).containsExactly("a", "b", "c");
      assertThat(unnamed.label(0)).isEqualTo(-1);
      assertThat(unnamed.classes()).isEmpty();
    }
    assertThat(NpzPictures.labelNames(file)).containsExactly("0", "1", "2");
    assertThat(NpzPictures.labelNames(file(1, new long[] {1, 1, 1, 3}, null))).isEmpty();
  }

  @Test
  void labels_thatAreNone_areNamed() {
    Path file = file(3, new long[] {3, 1, 1, 3}, new long[] {0, 1, 2});
    assertThatThrownBy(() -> NpzPictures.open(file, List.of("a", "b")))
        .hasMessageContaining(
            "arr_1: label 2, expected 0 to 1, the numbers of the classes [a, b].");
    file(3, new long[] {3, 1, 1, 3}, new long[] {0, -1, 2});
    assertThatThrownBy(() -> NpzPictures.open(file, List.of("a", "b", "c")))
        .hasMessageContaining("arr_1: label -1");
    assertThatThrownBy(() -> NpzPictures.labelNames(file)).hasMessageContaining("label -1; expect");
    file(3, new long[] {3, 1, 1, 3}, new long[] {0, 100_001, 2});
    assertThatThrownBy(() -> NpzPictures.labelNames(file)).hasMessageContaining("label 100001;");
    file(3, new long[] {3, 1, 1, 3}, new long[] {0, 1});
    assertThatThrownBy(() -> NpzPictures.open(file, List.of("a", "b")))
        .hasMessageContaining("arr_1: 2 labels, expected 3, one per sample.");
  }

  @Test
  void arrays_ofAnotherShape_areRefused() {
    Path file = file(3, new long[] {3, 1, 1, 1}, null);
    assertThatThrownBy(() -> NpzPictures.open(file, List.of()))
        .hasMessageContaining("[3, 1, 1, 1], expected uint8 [N, H, W, 3]");
    file(3, new long[] {3, 1, 3}, null);
    assertThatThrownBy(() -> NpzPictures.open(file, List.of())).hasMessageContaining("[3, 1, 3]");
    try (Scope scope = Scope.open()) {
      Npz.write(file, Map.of("arr_0", torch.zeros(2, 0, 1, 3).to(ScalarType.Byte)));
    }
    assertThatThrownBy(() -> NpzPictures.open(file, List.of()))
        .hasMessageContaining("has no pixel");
    try (Scope scope = Scope.open()) {
      Npz.write(file, Map.of("arr_0", Tensors.of(new float[3], 1, 1, 1, 3)));
    }
    assertThatThrownBy(() -> NpzPictures.open(file, List.of())).hasMessageContaining("uint8 [N");
    try (Scope scope = Scope.open()) {
      Npz.write(file, Map.of("mu", Tensors.of(new float[3], 3)));
    }
    assertThatThrownBy(() -> NpzPictures.open(file, List.of()))
        .hasMessageContaining("arrays [mu], expected arr_0");
  }
}
