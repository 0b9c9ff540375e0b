package io.winnow.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.data.Image;
import io.winnow.data.ImageSource;
import io.winnow.data.Planes;
import io.winnow.task.HeardProgress;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClassifierTrainingTest {
  private static final Device CPU = new Device(torch.DeviceType.CPU);
  private static final List<String> CLASSES = List.of("a", "b", "c");

  @TempDir Path folder;
  private final SpiedImages images = new SpiedImages(33, 8, 3, 1);
  private final SpiedImages unseen = new SpiedImages(50, 8, 3, 2);

  private static ClassifierConfig config(int epochs, double rate, Integer folds) {
    return new ClassifierConfig(4, epochs, 8, rate, 0.9, 5e-4, false, 0, 1, true, folds);
  }

  private ClassifierTraining.Data data(ImageSource test) {
    return new ClassifierTraining.Data(
        images,
        CLASSES,
        "images",
        test == null ? null : new ClassifierTraining.Test(test, "test of images", "unseen"));
  }

  private ClassifierRecord train(Path into, ClassifierConfig config, ImageSource test) {
    return train(into, config, test, () -> false);
  }

  private ClassifierRecord train(
      Path into, ClassifierConfig config, ImageSource test, BooleanSupplier stop) {
    return ClassifierTraining.run(data(test), config, 5, CPU, into, Progress.SILENT, stop);
  }

  /** 33 images in batches of 8 leave one over, which no batch norm could take alone. */
  @Test
  void training_learnsFromEveryImageOncePerEpoch_noneHeldOut() {
    ClassifierRecord record = train(folder, config(2, 0.1, null), null);

    int[] all = IntStream.range(0, 33).toArray();
    assertThat(images.asked.get(0)).as("whose statistics normalise").containsExactly(all);
    assertThat(images.asked.stream().skip(1).map(batch -> batch.length))
        .containsExactly(8, 8, 8, 9, 8, 8, 8, 9);
    int[] updates = images.askedFrom(1);
    int[] first = Arrays.copyOfRange(updates, 0, 33);
    int[] second = Arrays.copyOfRange(updates, 33, 66);
    assertThat(first).containsExactlyInAnyOrder(all).isNotEqualTo(all).isNotEqualTo(second);
    assertThat(second).containsExactlyInAnyOrder(all).isNotEqualTo(all);
    assertThat(record.trainImages()).isEqualTo(33);
    assertThat(record.imagesProcessed()).isEqualTo(66);
    assertThat(record.accuracy()).as("without images for it").isNull();
  }

  /** Its way is another one: the file, opened as an encoder, asked image by image. */
  @Test
  void accuracy_onATestSplit_isThatOfTheEncoderOnImagesThatNoUpdateSaw() {
    ClassifierRecord record = train(folder, config(3, 0.02, null), unseen);

    assertThat(images.askedFrom(1)).as("asked for to learn from").hasSize(3 * 33);
    assertThat(unseen.askedFrom(0)).as("asked for once").containsExactly(range(50));
    int right = 0;
    try (Encoder encoder =
        Encoders.open(EncodeConfig.of("resnet18-cifar", "train"), folder, CPU, 0)) {
      for (int i = 0; i < 50; i++) {
        int seen = ((Classifier) encoder).classify(List.of(image(unseen, i)))[0];
        right += seen == unseen.labels()[i] ? 1 : 0;
      }
      assertThat(encoder.identity().weightsSha256()).isEqualTo(record.weightsSha256());
      assertThat(encoder.dimension()).isEqualTo(32);
      assertThat(((Classifier) encoder).classes()).isEqualTo(CLASSES);
    }
    assertThat(record.accuracy())
        .isEqualTo(new ClassifierRecord.Accuracy(right / 50.0, 50, "test of images", "unseen"));
    assertThat(right).as("neither none nor all, or nothing is shown").isBetween(1, 49);
  }

  private static int[] range(int n) {
    return IntStream.range(0, n).toArray();
  }

  private static Image image(SpiedImages images, int i) {
    return Planes.image(images.planes(i), 0, 8, 8);
  }

  @Test
  void folds_areMeasuredByClassifiersThatLearnedFromTheOthers_andLeaveTheEncoderAsItIs()
      throws IOException {
    Path plain = folder.resolve("plain");
    train(plain, config(1, 0.1, null), null);
    images.asked.clear();

    ClassifierRecord record = train(folder.resolve("folds"), config(1, 0.1, 3), unseen);

    assertThat(unseen.asked).as("the test split").isEmpty();
    assertThat(record.trainImages()).isEqualTo(33);
    assertThat(record.imagesProcessed()).isEqualTo(3 * 33);
    assertThat(folder.resolve("folds/classifier.safetensors"))
        .hasSameBinaryContentAs(plain.resolve("classifier.safetensors"));
    int at = 1 + 4; // statistics and updates of the whole
    int[] measured = new int[0];
    for (int fold = 0; fold < 3; fold++) {
      int[] learned = flat(at + 1, 3);
      int[] held = flat(at + 4, 2);
      assertThat(images.asked.get(at)).as("whose statistics normalise").isSorted().hasSize(22);
      assertThat(learned).containsExactlyInAnyOrder(images.asked.get(at));
      assertThat(held).hasSize(11).doesNotContain(learned);
      measured = IntStream.concat(Arrays.stream(measured), Arrays.stream(held)).toArray();
      at += 6;
    }
    assertThat(images.asked).hasSize(at);
    assertThat(measured).containsExactlyInAnyOrder(range(33));
    assertThat(record.accuracy().n()).isEqualTo(33);
    assertThat(record.accuracy().of()).contains("the other 2 of 3 folds");
    assertThat(record.accuracy().value() * 33)
        .isCloseTo(Math.rint(record.accuracy().value() * 33), within(1e-9));
    try (var files = Files.list(folder.resolve("folds"))) {
      assertThat(files).as("files left").hasSize(2);
    }
  }

  /** Each fold's classifier trained once more, alone, on the images that it learned from. */
  @Test
  void folds_areCountedByTheirOwnClassifiers_notByTheOneThatLearnedFromAll() {
    ClassifierConfig config = config(3, 0.02, 3);
    ClassifierRecord record = train(folder, config, null);
    List<int[]> asked = List.copyOf(images.asked);
    int at = 1 + 12; // statistics and updates of the whole
    int right = 0;
    for (int fold = 0; fold < 3; fold++) {
      int[] held =
          Stream.of(asked.get(at + 10), asked.get(at + 11)).flatMapToInt(Arrays::stream).toArray();
      RandomStreams own = RandomStreams.of(RandomStreams.of(5).bits("classifier.fold", fold));
      ClassifierFit.Task task =
          new ClassifierFit.Task(images, asked.get(at), CLASSES.size(), config, own, "again");
      try (ClassifierFit fit = new ClassifierFit(task, CPU, folder.resolve("again-" + fold))) {
        assertThat(fit.run(loss -> {}, () -> false)).isTrue();
        right += fit.right(images, held);
      }
      at += 12;
    }
    assertThat(record.accuracy().value()).isEqualTo(right / 33.0);
  }

  private int[] flat(int first, int batches) {
    return images.asked.subList(first, first + batches).stream()
        .flatMapToInt(Arrays::stream)
        .toArray();
  }

  @ParameterizedTest
  @CsvSource({"false, 0, 0, false", "true, 0.1, 0, false", "false, 0, 1, true"})
  void update_isThatOfPyTorchsSgd_withTheRateFallingAlongHalfACosine(
      boolean nesterov, double smoothing, int padding, boolean flip) {
    ClassifierConfig config =
        new ClassifierConfig(4, 3, 16, 0.05, 0.8, 0.01, nesterov, smoothing, padding, flip, null);
    train(folder, config, null);
    List<int[]> batches = new ArrayList<>(images.asked.subList(1, images.asked.size()));

    ReferenceSgd peer = new ReferenceSgd(images, CLASSES.size(), config, 5);
    batches.forEach(peer::update);

    assertThat(batches).hasSize(6);
    peer.compareWith(folder.resolve("classifier.safetensors"));
  }

  @Test
  void training_stoppedAnywhere_endsInTheBytesOfAnUndisturbedOne() throws IOException {
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    ClassifierConfig config = config(2, 0.1, 2);
    ClassifierRecord undisturbed = train(whole, config, null);

    AtomicInteger asked = new AtomicInteger();
    int runs = 0;
    while (stops(parts, config, () -> asked.incrementAndGet() % 3 == 0)) {
      assertThat(parts.resolve("classifier.json")).doesNotExist();
      assertThat(++runs).isLessThan(20);
    }

    assertThat(runs).isGreaterThan(3);
    assertThat(ClassifierRecord.read(parts)).isEqualTo(undisturbed);
    for (String name : List.of("classifier.safetensors", "classifier.json")) {
      assertThat(parts.resolve(name)).hasSameBinaryContentAs(whole.resolve(name));
    }
    try (var files = Files.list(parts)) {
      assertThat(files).hasSize(2);
    }
  }

  private boolean stops(Path into, ClassifierConfig config, BooleanSupplier stop) {
    try {
      train(into, config, null, stop);
      return false;
    } catch (Interrupted e) {
      assertThat(e).hasMessageStartingWith("encoder: interrupted");
      return true;
    }
  }

  @Test
  void progress_countsTheUpdatesOfAllFolds_toTheEnd() {
    HeardProgress heard = new HeardProgress();
    ClassifierTraining.run(data(null), config(1, 0.1, 2), 5, CPU, folder, heard, () -> false);
    // 33 images make 4 updates, 17 and 16 make 2 each.
    List<String> lines = heard.lines();
    assertThat(lines).hasSize(10).startsWith("begin encoder 8 updates, 0 done").endsWith("end");
    for (int step = 1; step <= 8; step++) {
      assertThat(lines.get(step)).matches(step + " loss [0-9]+\\.[0-9]{3}");
    }
  }

  @Test
  void progress_ofATrainingThatGoesOn_beginsWhereItStopped_andIsEndedWhenItStops() {
    ClassifierConfig config = config(2, 0.1, null);
    AtomicInteger asked = new AtomicInteger();
    assertThat(stops(folder, config, () -> asked.incrementAndGet() == 3)).isTrue();
    HeardProgress heard = new HeardProgress();
    assertThatThrownBy(
            () -> ClassifierTraining.run(data(null), config, 5, CPU, folder, heard, () -> true))
        .isInstanceOf(Interrupted.class);
    assertThat(heard.lines()).hasSize(3).startsWith("begin encoder 8 updates, 3 done");
    assertThat(heard.lines()).endsWith("end");
  }

  @Test
  void record_hasTheMeanLossOfTheLastEpoch() {
    ClassifierConfig config = config(2, 0.1, null);
    ClassifierRecord record = train(folder, config, null);
    List<Double> losses = new ArrayList<>();
    ClassifierFit.Task task =
        new ClassifierFit.Task(
            images, range(33), CLASSES.size(), config, RandomStreams.of(5), "again");
    try (ClassifierFit fit = new ClassifierFit(task, CPU, folder.resolve("again"))) {
      fit.run(losses::add, () -> false);
    }
    double last = losses.subList(4, 8).stream().mapToDouble(l -> l).average().orElseThrow();
    assertThat(record.trainLoss()).isCloseTo(last, within(1e-12));
  }

  @Test
  void training_thatIsFinished_isNotRepeated_otherSettingsDataOrSeedStartAfresh() {
    ClassifierRecord first = train(folder, config(1, 0.1, null), null);
    images.asked.clear();
    assertThat(train(folder, config(1, 0.1, null), null)).isEqualTo(first);
    assertThat(images.asked).isEmpty();

    ClassifierRecord other = train(folder, config(1, 0.05, null), null);
    assertThat(other.training().learningRate()).isEqualTo(0.05);
    assertThat(other.weightsSha256()).isNotEqualTo(first.weightsSha256());
    ClassifierRecord reseeded = run(config(1, 0.05, null), 6, "images");
    assertThat(reseeded.seed()).isEqualTo(6);
    assertThat(reseeded.weightsSha256()).isNotEqualTo(other.weightsSha256());
    assertThat(run(config(1, 0.05, null), 6, "others").data()).isEqualTo("others");
  }

  private ClassifierRecord run(ClassifierConfig config, long seed, String identity) {
    return ClassifierTraining.run(
        new ClassifierTraining.Data(images, CLASSES, identity, null),
        config,
        seed,
        CPU,
        folder,
        Progress.SILENT,
        () -> false);
  }

  @Test
  void checkpoint_ofOtherSettings_isNotGoneOnWith() {
    assertThat(stops(folder, config(2, 0.1, null), () -> true)).isTrue();
    images.asked.clear();
    train(folder, config(1, 0.05, null), null);
    assertThat(images.askedFrom(1)).containsExactlyInAnyOrder(range(33));
  }

  @Test
  void loss_thatDiverges_isAnErrorWithTheRate() {
    assertThatThrownBy(() -> train(folder, config(4, 1e18, null), null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("classifier: the loss is")
        .hasMessageContaining("Lower the learning rate, 1.0E18 now");
  }

  @Test
  void data_thatCannotBeLearnedFrom_areRefused() {
    assertThatThrownBy(
            () ->
                ClassifierTraining.run(
                    new ClassifierTraining.Data(images, List.of("one"), "images", null),
                    config(1, 0.1, null),
                    5,
                    CPU,
                    folder,
                    Progress.SILENT,
                    () -> false))
        .hasMessageContaining("1 classes; expected at least 2");
    assertThatThrownBy(() -> train(folder, config(1, 0.1, 34), null))
        .hasMessage("classifier: 33 images for 34 folds; expected at least 34. Lower folds.");
    assertThatThrownBy(() -> config(1, 0.1, 1))
        .hasMessageContaining("folds is 1, but must be at least 2");
  }

  @Test
  void open_withoutATrainedClassifier_saysWhatToDo() {
    assertThatThrownBy(
            () -> Encoders.open(EncodeConfig.of("resnet18-cifar", "train"), folder, CPU, 0))
        .hasMessageContaining("no trained classifier in " + folder)
        .hasMessageContaining("Train it first");
  }
}
