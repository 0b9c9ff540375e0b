package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.Memorisation;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metrics;
import io.winnow.artifact.RunLayout;
import io.winnow.data.BadImageException;
import io.winnow.data.Dataset;
import io.winnow.data.Datasets;
import io.winnow.data.Image;
import io.winnow.data.Png;
import io.winnow.data.Resize;
import io.winnow.encode.EncodeConfig;
import io.winnow.encode.Encoder;
import io.winnow.encode.Encoders;
import io.winnow.eval.FrechetDistance;
import io.winnow.eval.FrechetStatistics;
import io.winnow.task.HeardProgress;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npz;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Which sets of images the stage measures, and where it keeps their features: 12 cats and 12 dogs
 * in folders, 4 held-out ones of either, and 5 samples of either.
 */
class EvaluatedSetsTest {
  private static final int SIDE = 8;
  private static final String FD = "fd-" + SmallClassifier.NAME + "@10";
  private static final List<String> CLASSES = List.of("cat", "dog");

  @TempDir static Path home;

  @BeforeAll
  static void write() {
    SmallClassifier.write(weights(), 20, List.of("ant", "bee"));
    pictures(home.resolve("set/train"), 1, 12);
    pictures(home.resolve("set/test"), 2, 4);
  }

  private static Path weights() {
    return home.resolve("classifier");
  }

  private static Image picture(long seed, int label, int i) {
    byte[] rgb = new byte[3 * SIDE * SIDE];
    for (int p = 0; p < rgb.length; p++) {
      rgb[p] = (byte) (100 * label + 90 * RandomStreams.of(seed).uniform("p", label, i, p / 7));
    }
    return new Image(SIDE, SIDE, rgb);
  }

  private static void pictures(Path folder, long seed, int perClass) {
    for (int label = 0; label < 2; label++) {
      for (int i = 0; i < perClass; i++) {
        Path file = folder.resolve(CLASSES.get(label)).resolve("%06d.png".formatted(i));
        Png.write(picture(seed, label, i), file);
      }
    }
  }

  private static List<Image> samples() {
    List<Image> images = new ArrayList<>();
    for (int label = 0; label < 2; label++) {
      for (int i = 0; i < 5; i++) {
        images.add(picture(3, label, i));
      }
    }
    return images;
  }

  private static void samples(RunLayout run, boolean npz) {
    if (!npz) {
      pictures(run.folder().resolve("samples"), 3, 5);
      return;
    }
    byte[] pixels = new byte[10 * 3 * SIDE * SIDE];
    for (int n = 0; n < 10; n++) {
      byte[] rgb = samples().get(n).rgb();
      System.arraycopy(rgb, 0, pixels, n * rgb.length, rgb.length);
    }
    try (Scope scope = Scope.open()) {
      Tensor images =
          Tensor.create(pixels, 10, SIDE, SIDE, 3).to(torch.ScalarType.Byte); // [N, H, W, 3]
      Tensor labels = Tensors.of(new long[] {0, 0, 0, 0, 0, 1, 1, 1, 1, 1}, 10);
      Npz.write(run.folder().resolve("samples.npz"), Map.of("arr_0", images, "arr_1", labels));
    }
  }

  private static Recipe recipe(String... sets) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "dataset={type: image-folder, split: train, path: " + home.resolve("set") + "}",
                "encode={encoder: resnet18-cifar, weights: " + weights() + "}",
                "prune={method: moderate, ratio: 0.5}",
                "sample={count: 10}",
                "evaluate={metrics: [fd, class-fd, memorisation], heldOut: test}"));
    all.addAll(List.of(sets));
    return Recipe.read(null, all).value();
  }

  /** An evaluated run and what was said of it. */
  private record Evaluated(RunLayout run, List<Metric> metrics, List<String> said) {
    double fd() {
      return metric(FD).value();
    }

    Metric metric(String name) {
      return metrics.stream()
          .filter(m -> m.name().equals(name) && m.label() == null && !m.floor())
          .findFirst()
          .orElseThrow();
    }

    Memorisation memorisation() {
      return Memorisation.read(run.memorisation());
    }
  }

  private static EvaluateStage stage(
      Recipe recipe, RunData data, EncodeStage encoding, RunLayout run, Progress listener) {
    RealImages real = new RealImages(recipe, data, run);
    return new EvaluateStage(recipe, data, encoding, real, "float32", run, listener, () -> false);
  }

  private static Evaluated evaluated(String name, String... sets) {
    Recipe recipe = recipe(sets);
    RunLayout run = new RunLayout(home.resolve(name));
    samples(run, recipe.sample().format() == SampleConfig.Format.NPZ);
    HeardProgress heard = new HeardProgress();
    EncodeStage encoding =
        new EncodeStage(recipe.encode(), 0, run, new Device("cpu"), Progress.SILENT, () -> false);
    try (RunData data = RunData.open(recipe.dataset(), 0, run, Progress.SILENT)) {
      encoding.encode(data);
      StageOutcome outcome =
          stage(recipe, data, encoding, run, heard).run(new int[] {0, 5, 13}, false);
      assertThat(outcome.note()).isNull();
    }
    return new Evaluated(run, Metrics.read(run.metrics()).metrics(), heard.lines());
  }

  @Test
  void samplesInAnArray_areMeasuredAsThoseInFolders() {
    Evaluated folders = evaluated("folders");
    Evaluated array = evaluated("array", "sample.format=npz");
    assertThat(array.metrics()).extracting(Metric::name).containsAll(names(folders));
    assertThat(array.fd()).isCloseTo(folders.fd(), within(1e-9));
    assertThat(array.memorisation().samples()).isEqualTo(folders.memorisation().samples());
  }

  private static List<String> names(Evaluated evaluated) {
    return evaluated.metrics().stream().map(Metric::name).toList();
  }

  @Test
  void pooledMetrics_areSaid_eachInALine() {
    Evaluated evaluated = evaluated("said");
    List<String> expected =
        evaluated.metrics().stream()
            .filter(m -> m.label() == null)
            .map(
                m ->
                    "note evaluate: %s%s %s"
                        .formatted(
                            m.name(),
                            m.c().variant() == null ? "" : " (" + m.c().variant() + ")",
                            String.format(Locale.ROOT, "%.5g", m.value())))
            .toList();
    assertThat(expected).anyMatch(line -> line.contains("(floor)")).hasSizeGreaterThan(4);
    assertThat(evaluated.said())
        .filteredOn(line -> line.startsWith("note evaluate: "))
        .filteredOn(line -> !line.contains(Metric.JUDGED_BY_SELECTOR))
        .isEqualTo(expected);
  }

  private static List<Image> at4(String split, int perClass) {
    List<Image> images = new ArrayList<>();
    try (Dataset whole = Datasets.pictures(home.resolve("set").resolve(split), "", Long.MAX_VALUE);
        Dataset small = Datasets.resized(whole, 4, Resize.AVERAGE)) {
      assertThat(small.size()).isEqualTo(2 * perClass);
      for (int i = 0; i < small.size(); i++) {
        images.add(small.image(i));
      }
    } catch (BadImageException e) {
      throw new IllegalStateException(e);
    }
    return images;
  }

  private static Tensor seen(List<Image> images) {
    EncodeConfig config = EncodeConfig.of(SmallClassifier.NAME, weights().toString());
    try (Encoder encoder = Encoders.open(config, null, new Device("cpu"), 0)) {
      return encoder.encode(images);
    }
  }

  /** Training and held-out images are looked at as they were trained on, beside the whole ones. */
  @Test
  void imagesOfAnotherSize_areThoseTheModelSaw_inFoldersOfTheirOwn() {
    Evaluated whole = evaluated("whole");
    Evaluated small = evaluated("small", "dataset.size=4", "dataset.resize=average");
    Metric fd = small.metric(FD);
    try (Scope scope = Scope.open()) {
      double plain =
          FrechetDistance.of(
              FrechetStatistics.of(seen(samples())), FrechetStatistics.of(seen(at4("train", 12))));
      assertThat(fd.value()).isCloseTo(plain, within(1e-4 * plain));
      assertThat(Math.abs(fd.value() / whole.fd() - 1)).isGreaterThan(1e-3);
    }
    assertThat(fd.c().notes())
        .contains(
            "reference images brought to 4 x 4 (average) as for training, then to the encoder's"
                + " input as the samples are");
    assertThat(whole.metric(FD).c().notes()).noneMatch(note -> note.contains("brought to"));
    assertThat(small.memorisation().heldOut()).hasSize(8);
    assertThat(small.memorisation().heldOut()).isNotEqualTo(whole.memorisation().heldOut());
    String name = SmallClassifier.NAME;
    for (String of : List.of("", "held-out-")) {
      assertThat(small.run().features(of + name + "-at-4-average")).isDirectory();
      assertThat(whole.run().features(of + name)).isDirectory();
    }
    assertThat(small.run().features(name)).as("what selected").isDirectory();
    assertThat(whole.run().sampleFeatures().resolve("samples").resolve(name)).isDirectory();
  }

  @Test
  void heldOutImages_thatThereAreNot_areSaid_andThoseThatAreNotWantedAreNot() {
    Evaluated missing = evaluated("missing", "evaluate.heldOut=validation");
    assertThat(missing.memorisation().heldOut()).isEmpty();
    assertThat(missing.memorisation().samples()).hasSize(10);
    assertThat(missing.said())
        .filteredOn(line -> line.startsWith("note memorisation: no held-out images ("))
        .hasSize(1);
    Evaluated none = evaluated("none", "evaluate.heldOut=\"\"");
    assertThat(none.memorisation().heldOut()).isEmpty();
    assertThat(none.said()).noneMatch(line -> line.contains("held-out"));
    Evaluated unasked = evaluated("unasked", "evaluate.metrics=[fd]");
    assertThat(unasked.run().memorisation()).doesNotExist();
    assertThat(unasked.run().features("held-out-" + SmallClassifier.NAME)).doesNotExist();
  }

  @Test
  void discarding_removesWhatWasMeasured_andKeepsTheImagesFeatures() {
    Evaluated evaluated = evaluated("discarded");
    RunLayout run = evaluated.run();
    List<Path> measured = List.of(run.metrics(), run.memorisation(), run.sampleFeatures());
    assertThat(measured).allSatisfy(path -> assertThat(path).exists());
    stage(recipe(), null, null, run, Progress.SILENT).discard();
    assertThat(measured).allSatisfy(path -> assertThat(path).doesNotExist());
    assertThat(run.features(SmallClassifier.NAME)).exists();
    assertThat(run.folder().resolve("samples")).exists();
  }

  @Test
  void reference_withTheSameClasses_isTaken_andNoneIsNeeded() {
    assertThatCode(() -> EvaluateStage.requireReference(recipe(), CLASSES))
        .doesNotThrowAnyException();
    Recipe other = recipe("evaluate.reference=" + home.resolve("set"));
    assertThatCode(() -> EvaluateStage.requireReference(other, List.of("dog", "cat")))
        .doesNotThrowAnyException();
  }

  /** What is trained on the data knows its classes; of a list that nobody asked for all may go. */
  @Test
  void classifier_isAskedFor_whereAMetricWantsOne() {
    String agreement = "evaluate.metrics=[class-agreement]";
    for (Recipe recipe :
        List.of(
            recipe(agreement, "encode={encoder: resnet18-cifar, weights: train}"),
            recipe("evaluate.metrics=[fd]"))) {
      assertThatCode(() -> EvaluateStage.requireClassifier(recipe, CLASSES))
          .doesNotThrowAnyException();
    }
  }
}
