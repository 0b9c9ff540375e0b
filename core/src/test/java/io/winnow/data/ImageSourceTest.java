package io.winnow.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.task.HeardProgress;
import io.winnow.task.Progress;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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
      HeardProgress heard = new HeardProgress();
      Inventory inventory = Inventory.of(dataset, 1, heard);
      assertThat(heard.lines())
          .containsExactly("begin read images 5 images, 0 done", "1", "2", "3", "4", "5", "end");
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
      return Inventory.of(dataset, 2, Progress.SILENT).hash();
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

  private static Image expected(Image image, int side, Resize resize) {
    return switch (resize) {
      case AVERAGE -> blockMeans(image, side);
      case ADM -> new PillowResize(Filter.BOX).uint8(image, side, side); // halves 2 * side once
      case PILLOW_BICUBIC -> new PillowResize(Filter.BICUBIC).uint8(image, side, side);
      case PILLOW_LANCZOS -> new PillowResize(Filter.LANCZOS).uint8(image, side, side);
    };
  }

  /** Means of blocks of 2 x 2, halves upwards. */
  private static Image blockMeans(Image image, int side) {
    byte[] rgb = new byte[side * side * 3];
    for (int i = 0; i < rgb.length; i++) {
      int at = (2 * (i / 3 / side) * 2 * side + 2 * (i / 3 % side)) * 3 + i % 3;
      int sum = 0;
      for (int k : new int[] {at, at + 3, at + 6 * side, at + 6 * side + 3}) {
        sum += image.rgb()[k] & 0xFF;
      }
      rgb[i] = (byte) ((sum + 2) / 4);
    }
    return new Image(side, side, rgb);
  }

  @ParameterizedTest
  @EnumSource(Resize.class)
  void everySource_resizesInTheWayThatItWasGiven(Resize resize) throws Exception {
    Image expected = expected(shapes.image(17), 8, resize);
    try (DecodedImages decoded = DecodedImages.load(shapes, 8, resize, 2)) {
      assertThat(Planes.image(bytes(decoded, 17), 0, 8, 8)).isEqualTo(expected);
    }
    StreamedImages streamed = new StreamedImages(shapes, 8, resize, 2);
    assertThat(Planes.image(bytes(streamed, 17), 0, 8, 8)).isEqualTo(expected);
    assertThat(Datasets.resized(shapes, 8, resize).image(17)).isEqualTo(expected);
  }

  @Test
  void average_ofAWideImage_takesItsCentre() throws Exception {
    byte[] rgb = new byte[6 * 2 * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i / 3 % 6 * 10 + i % 3);
    }
    Image square = new SquareResize(2, Resize.AVERAGE).apply(new Image(6, 2, rgb));
    assertThat(square.rgb()).containsExactly(20, 21, 22, 30, 31, 32, 20, 21, 22, 30, 31, 32);
    Image one = new SquareResize(1, Resize.AVERAGE).apply(new Image(6, 2, rgb));
    assertThat(one.rgb()).containsExactly(25, 26, 27);
    byte[] tall = new byte[2 * 6 * 3];
    for (int i = 0; i < tall.length; i++) {
      tall[i] = (byte) (i / 6 * 10);
    }
    assertThat(new SquareResize(2, Resize.AVERAGE).apply(new Image(2, 6, tall)).rgb())
        .containsExactly(20, 20, 20, 20, 20, 20, 30, 30, 30, 30, 30, 30);
  }

  @Test
  void planes_areRedThenGreenThenBlue_rowByRow() {
    Image image =
        new Image(3, 2, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18});
    byte[] planes = {1, 4, 7, 10, 13, 16, 2, 5, 8, 11, 14, 17, 3, 6, 9, 12, 15, 18};
    assertThat(Planes.of(image)).isEqualTo(planes);
    byte[] two = Arrays.copyOf(new byte[18], 36);
    System.arraycopy(planes, 0, two, 18, 18);
    assertThat(Planes.image(two, 1, 2, 3)).isEqualTo(image);
  }

  @Test
  void labels_areThoseOfTheImagesAtTheSamePlace() throws Exception {
    Dataset turned = Datasets.subset(shapes, new int[] {95, 3, 47, 3});
    try (DecodedImages decoded = DecodedImages.load(turned, 0, Resize.AVERAGE, 2)) {
      StreamedImages streamed = new StreamedImages(turned, 0, Resize.AVERAGE, 2);
      assertThat(decoded.labels()).containsExactly(9, 0, 4, 0).isEqualTo(streamed.labels());
      for (int i = 0; i < 4; i++) {
        assertThat(Planes.image(bytes(decoded, i), 0, 16, 16)).isEqualTo(turned.image(i));
        assertThat(bytes(streamed, i)).isEqualTo(bytes(decoded, i));
      }
    }
  }

  @Test
  void inventory_itemsAndBadOnes_keepTheirOwnPlaces() throws Exception {
    Samples.twoClasses(folder);
    Png.write(Samples.picture(5, 7, 9), folder.resolve("dog/c.png"));
    Samples.write(folder.resolve("cat/aa.png"), new byte[] {1, 2, 3});
    try (Dataset dataset = Datasets.open(Samples.folder(folder, ""), 0)) {
      Inventory inventory = Inventory.of(dataset, 2, Progress.SILENT);
      assertThat(inventory.badIndices()).containsExactly(1);
      assertThat(inventory.bad().get(0).id()).isEqualTo("cat/aa.png");
      assertThat(inventory.items())
          .extracting(Inventory.Item::index)
          .containsExactly(0, 2, 3, 4, 5);
      assertThat(inventory.items())
          .extracting(Inventory.Item::label)
          .containsExactly(0, 0, 1, 1, 1);
      Inventory.Item last = inventory.items().get(4);
      assertThat(List.of(last.width(), last.height())).containsExactly(5, 7);
      for (Inventory.Item item : inventory.items()) {
        assertThat(item.sha256())
            .isEqualTo(
                HexFormat.of()
                    .formatHex(
                        MessageDigest.getInstance("SHA-256")
                            .digest(Files.readAllBytes(folder.resolve(item.id())))));
      }
      inventory.requireFewBad("photos", 1.0 / 6); // exactly as many as may be
      assertThatThrownBy(() -> inventory.requireFewBad("photos", 0.16))
          .hasMessageContaining("16.67");
    }
  }

  @Test
  void inventoryHash_ofOtherLabels_isAnother() throws Exception {
    Samples.twoClasses(folder.resolve("a"));
    try (Dataset dataset = Datasets.open(Samples.folder(folder.resolve("a"), ""), 0)) {
      String hash = Inventory.of(dataset, 1, Progress.SILENT).hash();
      assertThat(Inventory.of(new Relabelled(dataset, 0, "cat"), 1, Progress.SILENT).hash())
          .isEqualTo(hash);
      assertThat(Inventory.of(new Relabelled(dataset, 1, "cat"), 1, Progress.SILENT).hash())
          .isNotEqualTo(hash);
      assertThat(Inventory.of(new Relabelled(dataset, 0, "lion"), 1, Progress.SILENT).hash())
          .isNotEqualTo(hash);
    }
  }

  /** A data set whose labels are turned by a step and whose first class has another name. */
  private record Relabelled(Dataset inner, int step, String first) implements Dataset {
    @Override
    public String name() {
      return inner.name();
    }

    @Override
    public int size() {
      return inner.size();
    }

    @Override
    public List<String> classes() {
      return List.of(first, "dog");
    }

    @Override
    public String id(int i) {
      return inner.id(i);
    }

    @Override
    public int label(int i) {
      return (inner.label(i) + step) % 2;
    }

    @Override
    public byte[] encoded(int i) {
      return inner.encoded(i);
    }

    @Override
    public Image image(int i) throws BadImageException {
      return inner.image(i);
    }

    @Override
    public void close() {}
  }
}
