package io.winnow.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageSourceTest {
  @TempDir Path folder;

  private final ShapesDataset shapes = new ShapesDataset(100, 1);

  private static byte[] bytes(ImageSource source, int... indices) {
    try (Scope scope = Scope.open()) {
      return Tensors.bytes(source.batch(indices));
    }
  }

  @Test
  void decoded_andStreamed_giveTheSameBatches() {
    try (DecodedImages decoded = DecodedImages.load(shapes, 8, Resize.AVERAGE, 2)) {
      StreamedImages streamed = new StreamedImages(shapes, 8, Resize.AVERAGE, 2);
      assertThat(decoded.size()).isEqualTo(streamed.size()).isEqualTo(100);
      assertThat(decoded.height()).isEqualTo(streamed.width()).isEqualTo(8);
      assertThat(decoded.labels()).isEqualTo(streamed.labels()).startsWith(0).endsWith(9);
      assertThat(bytes(decoded, 99, 0, 42, 42)).isEqualTo(bytes(streamed, 99, 0, 42, 42));
    }
  }

  @Test
  void batch_holdsThePlanesOfTheImages() {
    try (DecodedImages decoded = DecodedImages.load(shapes, 0, Resize.AVERAGE, 1)) {
      byte[] batch = bytes(decoded, 5, 17);
      assertThat(Planes.image(batch, 1, 16, 16)).isEqualTo(shapes.image(17));
      assertThat(Planes.of(shapes.image(5))).isEqualTo(Arrays.copyOf(batch, 768));
      assertThatThrownBy(() -> bytes(decoded, 100)).hasMessageContaining("image 100 of 100");
    }
  }

  @Test
  void load_ofMixedSizes_namesTheImageAndTheRemedy() {
    Samples.twoClasses(folder);
    Png.write(Samples.picture(9, 8, 0), folder.resolve("dog/c.png"));
    try (Dataset mixed = Datasets.open(Samples.folder(folder, ""), 0)) {
      assertThatThrownBy(() -> DecodedImages.load(mixed, 0, Resize.AVERAGE, 2))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("dog/c.png: 9 x 8 pixels, but cat/a.png has 8 x 8")
          .hasMessageContaining("Set dataset.size");
      try (DecodedImages resized = DecodedImages.load(mixed, 4, Resize.AVERAGE, 2)) {
        assertThat(resized.size()).isEqualTo(5);
      }
    }
  }

  @Test
  void inventory_ofABrokenFile_quarantinesItAndGoesOn() throws Exception {
    Samples.twoClasses(folder);
    byte[] whole = Png.encode(Samples.picture(8, 8, 0));
    Samples.write(folder.resolve("cat/broken.png"), Arrays.copyOf(whole, whole.length / 2));
    try (Dataset dataset = Datasets.open(Samples.folder(folder, ""), 0)) {
      List<Integer> heard = new ArrayList<>();
      Inventory inventory = Inventory.of(dataset, 1, (done, total) -> heard.add(done));
      assertThat(heard).containsExactly(1, 2, 3, 4, 5);
      assertThat(inventory.items()).hasSize(4);
      assertThat(inventory.bad())
          .containsExactly(
              new Inventory.Bad(
                  2, "cat/broken.png", "truncated: the file ends before its picture does"));
      assertThat(Datasets.without(dataset, inventory.badIndices()).size()).isEqualTo(4);
      inventory.requireFewBad("photos", 0.2);
      assertThatThrownBy(() -> inventory.requireFewBad("photos", 0.1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("photos: 1 of 5 images are bad (20.00 %), at most 10.00 % may be")
          .hasMessageContaining("cat/broken.png: truncated");
    }
  }

  @Test
  void inventoryHash_followsContentAndNames() throws Exception {
    Samples.twoClasses(folder);
    String before = hash();
    assertThat(hash()).isEqualTo(before);
    Files.move(folder.resolve("cat/a.png"), folder.resolve("cat/c.png"));
    String renamed = hash();
    Png.write(Samples.picture(8, 8, 6), folder.resolve("cat/c.png"));
    assertThat(List.of(before, renamed, hash())).doesNotHaveDuplicates();
  }

  private String hash() {
    try (Dataset dataset = Datasets.open(Samples.folder(folder, ""), 0)) {
      return Inventory.of(dataset, 2, (done, total) -> {}).hash();
    }
  }

  @Test
  void streamed_byAnyNumberOfThreads_keepsTheOrder_andLeavesNoPointerBehind() {
    StreamedImages alone = new StreamedImages(shapes, 8, Resize.AVERAGE, 1);
    StreamedImages together = new StreamedImages(shapes, 8, Resize.AVERAGE, 3);
    int[] indices = {7, 99, 0, 7, 42};
    long before = Pointer.totalCount();
    assertThat(bytes(together, indices)).isEqualTo(bytes(alone, indices));
    assertThat(bytes(together, 42)).isEqualTo(bytes(alone, 42));
    // Garbage of earlier tests may be collected in between.
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
  }

  @Test
  void streamed_aBadImage_isNamedWhenItsBatchIsAskedFor() throws Exception {
    Samples.twoClasses(folder);
    try (Dataset dataset = Datasets.open(Samples.folder(folder, ""), 0)) {
      StreamedImages streamed = new StreamedImages(dataset, 8, Resize.AVERAGE, 2);
      Samples.write(folder.resolve("dog/b.png"), new byte[] {1, 2, 3});
      assertThat(bytes(streamed, 0)).hasSize(3 * 8 * 8);
      assertThatThrownBy(() -> bytes(streamed, 0, 3))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("dog/b.png: no known image format");
    }
  }
}
