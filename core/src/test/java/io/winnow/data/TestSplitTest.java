package io.winnow.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestSplitTest {
  @TempDir Path folder;

  private static DatasetConfig config(DatasetConfig.Type type, Path path, String split, int size) {
    return new DatasetConfig(
        type, path == null ? null : path.toString(), split, size, Resize.AVERAGE, 1 << 20, 0, 1000);
  }

  private void picture(String path, int side, int grey) {
    Path file = folder.resolve(path);
    byte[] rgb = new byte[3 * side * side];
    Arrays.fill(rgb, (byte) grey);
    Png.write(new Image(side, side, rgb), file);
  }

  private void training() {
    for (String name : List.of("cat", "dog", "owl")) {
      picture("train/" + name + "/1.png", 8, 10);
      picture("train/" + name + "/2.png", 8, 20);
    }
  }

  /** The owls have no test image, and the test has a class and sizes of its own. */
  @Test
  void folderWithTest_givesTheTestImagesUnderTheTrainingLabels_usableOnesAlone() throws Exception {
    training();
    picture("test/dog/3.png", 8, 30);
    picture("test/cat/4.png", 8, 40);
    picture("test/eel/5.png", 8, 50);
    picture("test/cat/6.png", 16, 60);
    Files.writeString(folder.resolve("test/cat/7.png"), "no picture");
    DatasetConfig config = config(DatasetConfig.Type.IMAGE_FOLDER, folder, "train", 0);

    try (Dataset train = Datasets.open(config, 0);
        DecodedImages images = DecodedImages.load(train, 0, Resize.AVERAGE, 1);
        TestSplit split = TestSplit.of(config, 0, train.classes(), images).orElseThrow();
        Scope scope = Scope.open()) {
      assertThat(train.classes()).containsExactly("cat", "dog", "owl");
      assertThat(split.name()).isEqualTo("image-folder test of " + folder);
      assertThat(split.identity()).hasSize(64);
      assertThat(split.images().labels()).containsExactly(0, 1);
      byte[] levels = Tensors.bytes(split.images().batch(new int[] {0, 1}));
      assertThat(levels[0]).isEqualTo((byte) 40);
      assertThat(levels[levels.length - 1]).isEqualTo((byte) 30);
    }
  }

  @Test
  void folderWithTest_inTheSizeOfTheTraining_leavesOutWhatDoesNotComeThere() throws Exception {
    training();
    picture("test/dog/3.png", 12, 30);
    picture("test/cat/4.png", 16, 40);
    picture("test/cat/5.png", 2, 50);
    DatasetConfig config = config(DatasetConfig.Type.IMAGE_FOLDER, folder, "train", 4);
    try (Dataset train = Datasets.open(config, 0);
        DecodedImages images = DecodedImages.load(train, 4, Resize.AVERAGE, 1);
        TestSplit split = TestSplit.of(config, 0, train.classes(), images).orElseThrow()) {
      assertThat(split.images().labels()).containsExactly(0, 1);
      assertThat(split.images().width()).isEqualTo(4);
    }
  }

  @Test
  void folderWithoutTest_orTakenWhole_hasNone() throws Exception {
    training();
    DatasetConfig split = config(DatasetConfig.Type.IMAGE_FOLDER, folder, "train", 0);
    DatasetConfig whole = config(DatasetConfig.Type.IMAGE_FOLDER, folder.resolve("train"), "", 0);
    try (Dataset train = Datasets.open(split, 0);
        DecodedImages images = DecodedImages.load(train, 0, Resize.AVERAGE, 1)) {
      assertThat(TestSplit.of(split, 0, train.classes(), images)).isEmpty();
      picture("train/test/9.png", 8, 30);
      picture("train/test/10.png", 8, 40);
      assertThat(TestSplit.of(whole, 0, train.classes(), images))
          .as("a class named test")
          .isEmpty();
    }
    DatasetConfig test = config(DatasetConfig.Type.IMAGE_FOLDER, folder, "test", 0);
    picture("test/cat/4.png", 8, 40);
    picture("test/dog/4.png", 8, 41);
    try (Dataset trained = Datasets.open(test, 0);
        DecodedImages images = DecodedImages.load(trained, 0, Resize.AVERAGE, 1)) {
      assertThat(TestSplit.of(test, 0, trained.classes(), images)).as("trained on").isEmpty();
    }
  }

  @Test
  void shapes_areDrawnFromAnotherStream_aFifthAsMany() throws Exception {
    DatasetConfig config = config(DatasetConfig.Type.SHAPES, null, "train", 0);
    try (Dataset train = Datasets.open(config, 4);
        DecodedImages images = DecodedImages.load(train, 0, Resize.AVERAGE, 1);
        TestSplit split = TestSplit.of(config, 4, train.classes(), images).orElseThrow();
        TestSplit again = TestSplit.of(config, 4, train.classes(), images).orElseThrow();
        Scope scope = Scope.open()) {
      assertThat(split.images().size()).isEqualTo(200);
      assertThat(again.identity()).isEqualTo(split.identity());
      Set<ByteBuffer> learned = new HashSet<>();
      for (int i = 0; i < train.size(); i++) {
        learned.add(ByteBuffer.wrap(train.image(i).rgb()));
      }
      byte[] drawn = Tensors.bytes(split.images().batch(IntStream.range(0, 200).toArray()));
      int shared = 0;
      for (int i = 0; i < 200; i++) {
        shared += learned.contains(ByteBuffer.wrap(Planes.image(drawn, i, 16, 16).rgb())) ? 1 : 0;
      }
      assertThat(shared).as("test pictures that are training pictures").isZero();
    }
  }
}
