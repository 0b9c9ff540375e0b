package io.winnow.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.data.Dataset;
import io.winnow.data.DecodedImages;
import io.winnow.data.Resize;
import io.winnow.data.ShapesDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassifierTrainingTest {
  private static final ClassifierConfig SMALL =
      new ClassifierConfig(4, 2, 32, 0.1, 0.9, 5e-4, false, 0, 1, false, 0.2);

  @TempDir Path folder;
  private Dataset shapes;
  private DecodedImages images;
  private Device cpu;

  @BeforeEach
  void draw() {
    shapes = new ShapesDataset(300, 3);
    images = DecodedImages.load(shapes, 0, Resize.AVERAGE, 1);
    cpu = new Device(torch.DeviceType.CPU);
  }

  @AfterEach
  void free() {
    images.close();
    shapes.close();
  }

  private ClassifierTraining.Data data() {
    return new ClassifierTraining.Data(images, shapes.classes(), "shapes 300 3");
  }

  private ClassifierRecord train(Path into, ClassifierConfig config, BooleanSupplier stop) {
    return ClassifierTraining.run(data(), config, 5, cpu, into, p -> {}, stop).orElse(null);
  }

  @Test
  void training_stoppedAnywhere_endsInTheBytesOfAnUndisturbedOne() throws IOException {
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    ClassifierRecord undisturbed = train(whole, SMALL, () -> false);

    AtomicInteger asked = new AtomicInteger();
    int runs = 0;
    while (train(parts, SMALL, () -> asked.incrementAndGet() % 3 == 0) == null) {
      assertThat(parts.resolve("classifier.json")).doesNotExist();
      assertThat(++runs).isLessThan(20);
    }

    assertThat(runs).isGreaterThan(2);
    assertThat(ClassifierRecord.read(parts)).isEqualTo(undisturbed);
    for (String name : List.of("classifier.safetensors", "classifier.json")) {
      assertThat(parts.resolve(name)).hasSameBinaryContentAs(whole.resolve(name));
    }
    try (var files = Files.list(parts)) {
      assertThat(files).hasSize(2);
    }
  }

  @Test
  void training_ofOtherSettings_startsAfresh() {
    train(folder, SMALL, () -> false);
    ClassifierConfig other = new ClassifierConfig(4, 1, 32, 0.1, 0.9, 0, true, 0.1, 0, true, 0);

    ClassifierRecord record = train(folder, other, () -> false);

    assertThat(record.training()).isEqualTo(other);
    assertThat(record.heldOutImages()).isZero();
    assertThat(record.heldOutAccuracy()).isNull();
    assertThat(record.trainImages()).isEqualTo(300);
  }

  @Test
  void record_isOpenedAsAClassifier_thatBeatsChance() throws Exception {
    ClassifierConfig config =
        new ClassifierConfig(8, 8, 32, 0.1, 0.9, 5e-4, false, 0, 1, false, 0.2);
    ClassifierRecord record = train(folder, config, () -> false);
    assertThat(record.heldOutImages()).isEqualTo(60);
    assertThat(record.heldOutAccuracy()).isBetween(0.3, 1.0);

    EncodeConfig encode = EncodeConfig.of("resnet18-cifar", "train");
    try (Encoder encoder = Encoders.open(encode, folder, cpu, 0)) {
      assertThat(encoder.identity().weightsSha256()).isEqualTo(record.weightsSha256());
      assertThat(encoder.dimension()).isEqualTo(64);
      Classifier classifier = (Classifier) encoder;
      assertThat(classifier.classes()).isEqualTo(shapes.classes());
      int right = 0;
      for (int i = 0; i < shapes.size(); i++) {
        right += classifier.classify(List.of(shapes.image(i)))[0] == shapes.label(i) ? 1 : 0;
      }
      assertThat(right / 300.0).isGreaterThan(0.4);
    }
  }

  @Test
  void crop_withoutPaddingAndFlip_givesThePixels() {
    assertThat(IntStream.range(0, 256).mapToDouble(i -> Normalization.HALF.table(0)[i]).max())
        .hasValue(1);
    assertThat(Normalization.HALF.table(1)[0]).isEqualTo(-1f);
  }

  @Test
  void loss_thatDiverges_isAnErrorWithTheRate() {
    ClassifierConfig wild =
        new ClassifierConfig(4, 2, 32, 1e18, 0.9, 5e-4, false, 0, 0, false, 0.2);
    assertThatThrownBy(() -> train(folder, wild, () -> false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("classifier: the loss is")
        .hasMessageContaining("Lower the learning rate");
  }

  @Test
  void open_withoutATrainedClassifier_saysWhatToDo() {
    assertThatThrownBy(
            () -> Encoders.open(EncodeConfig.of("resnet18-cifar", "train"), folder, cpu, 0))
        .hasMessageContaining("no trained classifier in " + folder)
        .hasMessageContaining("Train it first");
  }
}
