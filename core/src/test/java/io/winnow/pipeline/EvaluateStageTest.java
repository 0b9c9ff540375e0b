package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.FeatureFolder;
import io.winnow.artifact.Features;
import io.winnow.artifact.Memorisation;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metrics;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.SampleImages;
import io.winnow.data.Damage;
import io.winnow.data.DamagedDataset;
import io.winnow.data.Image;
import io.winnow.data.ImageArchive;
import io.winnow.data.Png;
import io.winnow.data.ShapesDataset;
import io.winnow.encode.Classifier;
import io.winnow.encode.EncodeConfig;
import io.winnow.encode.Encoder;
import io.winnow.encode.Encoders;
import io.winnow.eval.FrechetDistance;
import io.winnow.eval.FrechetStatistics;
import io.winnow.files.Sha256;
import io.winnow.model.resnet.AkamasterResNet;
import io.winnow.task.HeardProgress;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Safetensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The stage over 100 shapes and 50 samples: every second image is a sample, and darker it is one of
 * the model without class weights. What the stage finds is compared with the same distances of
 * features that the test takes of the images itself.
 */
class EvaluateStageTest {
  private static final int IMAGES = 100;
  private static final int SAMPLES = 50;
  private static final String ENCODER = SmallClassifier.NAME;
  private static final String FD = "fd-" + ENCODER + "@50";
  private static final String OTHER = "resnet20-cifar";

  /** Every fourth image: samples 0, 2, 4 ... are copies of these, the others are not. */
  private static final int[] TRAINED = IntStream.range(0, IMAGES / 4).map(i -> 4 * i).toArray();

  @TempDir static Path folder;

  private static List<Image> reference;
  private static List<Image> samples;
  private static List<Image> dark;
  private static List<Integer> labels;
  private static List<String> classes;
  private static List<String> notes; // of the last evaluation
  private static List<String> notesOfFound;
  private static List<Metric> found;

  @BeforeAll
  static void evaluateOnce() {
    reference = new ArrayList<>();
    samples = new ArrayList<>();
    dark = new ArrayList<>();
    labels = new ArrayList<>();
    try (ShapesDataset shapes = new ShapesDataset(IMAGES, 0)) {
      classes = shapes.classes();
      for (int i = 0; i < IMAGES; i++) {
        reference.add(shapes.image(i));
        labels.add(shapes.label(i));
        if (i % 2 == 0) {
          samples.add(shapes.image(i));
          dark.add(darker(shapes.image(i)));
        }
      }
    }
    SmallClassifier.write(selector(), 20, classes);
    SmallClassifier.write(judge(), 32, List.of("ant", "cat", "dog"));
    found = evaluate("judged", true, judged());
    notesOfFound = notes;
  }

  private static Image darker(Image image) {
    byte[] rgb = image.rgb().clone();
    for (int p = 0; p < rgb.length; p++) {
      rgb[p] = (byte) ((rgb[p] & 0xff) / 3);
    }
    return new Image(image.width(), image.height(), rgb);
  }

  /** Knows the shapes. */
  private static Path selector() {
    return folder.resolve("selector");
  }

  /** Of the same name, and knows other classes. */
  private static Path judge() {
    return folder.resolve("judge");
  }

  private static String[] judged(String... more) {
    List<String> all = new ArrayList<>(List.of("evaluate.encoder=" + ENCODER));
    all.add("evaluate.weights={" + ENCODER + ": " + judge() + "}");
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  /** The stage as the pipeline calls it, in a run folder that has samples and features. */
  private static List<Metric> evaluate(String run, boolean baseline, String... overrides) {
    Path home = folder.resolve(run);
    Recipe recipe = recipe(overrides);
    pictures(home.resolve("samples"), samples);
    pictures(home.resolve("samples-unweighted"), dark);
    EncodeStage encoding =
        new EncodeStage(
            recipe.encode(),
            3,
            new RunLayout(home),
            new Device("cpu"),
            Progress.SILENT,
            () -> false);
    try (RunData data = RunData.open(recipe.dataset(), 0, new RunLayout(home), Progress.SILENT)) {
      encoding.encode(data);
      RealImages real = new RealImages(recipe, data, new RunLayout(home));
      new JudgeStage(recipe, encoding, real, null, Progress.SILENT, () -> false).run();
      HeardProgress heard = new HeardProgress();
      EvaluateStage stage =
          new EvaluateStage(
              recipe, data, encoding, real, "bf16", new RunLayout(home), heard, () -> false);
      StageOutcome outcome = stage.run(TRAINED, baseline);
      assertThat(outcome.images()).isEqualTo(SAMPLES);
      notes =
          heard.lines().stream()
              .filter(line -> line.startsWith("note "))
              .map(line -> line.substring("note ".length()))
              .toList();
      assertThat(heard.lines())
          .as("what the judges have seen is not encoded again")
          .filteredOn(line -> line.startsWith("begin encode "))
          .isNotEmpty()
          .allMatch(line -> line.startsWith("begin encode samples "));
    }
    return Metrics.read(home.resolve("metrics.json")).metrics();
  }

  private static Recipe recipe(String... overrides) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "name=test",
                "seed=3",
                "dataset={type: shapes, count: " + IMAGES + "}",
                "encode={encoder: " + ENCODER + ", weights: " + selector() + "}",
                "prune={method: moderate, ratio: 0.25}",
                "sample={count: " + SAMPLES + ", weights: raw, guidanceWeight: 0.7}",
                "sample.sampler={method: ddpm, rule: diffusers, steps: 17}",
                "evaluate={metrics: [fd, class-fd, memorisation]}"));
    all.addAll(List.of(overrides));
    return Recipe.read(null, all).value();
  }

  private static void pictures(Path target, List<Image> images) {
    for (int i = 0; i < images.size(); i++) {
      String className = SampleImages.folderName(classes.get(labels.get(2 * i)));
      Png.write(images.get(i), target.resolve(className).resolve("%06d.png".formatted(i)));
    }
  }

  /** Features in the caller's scope, [n, 32]. */
  private static Tensor seen(Path classifier, List<Image> images) {
    return seen(EncodeConfig.of(ENCODER, classifier.toString()), images);
  }

  private static Tensor seen(EncodeConfig config, List<Image> images) {
    try (Encoder encoder = Encoders.open(config, null, new Device("cpu"), 0)) {
      return encoder.encode(images);
    }
  }

  private static double distance(Tensor a, Tensor b) {
    return FrechetDistance.of(FrechetStatistics.of(a), FrechetStatistics.of(b));
  }

  private static Metric pooled(List<Metric> metrics, String name, String variant) {
    return metrics.stream()
        .filter(m -> m.label() == null && m.name().equals(name))
        .filter(m -> java.util.Objects.equals(m.c().variant(), variant))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " " + variant + " is not among " + metrics));
  }

  private static <T> List<T> at(List<T> all, int[] positions) {
    return IntStream.of(positions).mapToObj(all::get).toList();
  }

  @Test
  void fd_isOfSamplesAgainstAllImages_throughTheEncoderThatDidNotSelect() {
    try (Scope scope = Scope.open()) {
      Metric fd = pooled(found, FD, null);
      double plain = distance(seen(judge(), samples), seen(judge(), reference));
      assertThat(fd.value()).isPositive().isCloseTo(plain, within(1e-5 * plain));
      assertThat(fd.nReference()).isEqualTo(IMAGES);
    }
  }

  @Test
  void circumstances_sayHowTheSamplesWereDrawn() {
    Metric.Circumstances c = pooled(found, FD, null).c();
    Metric.Sampling sampling = c.sampling();
    assertThat(c.sets().n()).isEqualTo(SAMPLES);
    assertThat(sampling.weights()).isEqualTo("raw");
    assertThat(sampling.sampler()).isEqualTo("ddpm-diffusers");
    assertThat(sampling.steps()).isEqualTo(17);
    assertThat(sampling.guidanceWeight()).isEqualTo(0.7);
    assertThat(c.seed()).isEqualTo(3);
    assertThat(c.precision()).isEqualTo("bf16");
    assertThat(c.extractor().name()).isEqualTo(ENCODER);
    assertThat(c.extractor().resizer()).contains("native_8");
    assertThat(c.sets().reference()).contains("shapes");
  }

  @Test
  void classFd_isOfEveryClassOfItsOwn() {
    List<Metric> byClass =
        found.stream()
            .filter(m -> m.label() != null && m.c().variant() == null)
            .filter(m -> m.name().startsWith("fd-"))
            .toList();
    assertThat(byClass).extracting(Metric::className).containsExactlyElementsOf(classes);
    try (Scope scope = Scope.open()) {
      Tensor own = seen(judge(), samples);
      Tensor theirs = seen(judge(), reference);
      for (int k : new int[] {0, 4, 9}) {
        int[] ours = IntStream.range(0, SAMPLES).filter(i -> labels.get(2 * i) == k).toArray();
        int[] real = IntStream.range(0, IMAGES).filter(i -> labels.get(i) == k).toArray();
        double plain =
            distance(
                own.index_select(0, Tensors.ofInts(ours)),
                theirs.index_select(0, Tensors.ofInts(real)));
        assertThat(byClass.get(k).value()).isCloseTo(plain, within(1e-5 * plain));
        assertThat(byClass.get(k).n()).isEqualTo(ours.length);
        assertThat(byClass.get(k).nReference()).isEqualTo(real.length);
      }
    }
  }

  @Test
  void baseline_isMeasuredOnItsOwnSamples_withoutFloors() {
    try (Scope scope = Scope.open()) {
      Metric fd = pooled(found, FD, "unweighted");
      double plain = distance(seen(judge(), dark), seen(judge(), reference));
      assertThat(fd.value()).isCloseTo(plain, within(1e-5 * plain));
      assertThat(found).filteredOn(m -> m.floor() && m.label() == null).hasSize(1);
    }
  }

  @Test
  void floors_standBesideThePooledAndEveryClassWiseDistance() {
    assertThat(pooled(found, FD, Metric.FLOOR).nReference()).isEqualTo(50);
    assertThat(found).filteredOn(m -> m.floor() && m.label() != null).hasSize(classes.size());
  }

  @Test
  void memorisation_isOfTheImagesTrainedOnAlone_throughTheJudge() {
    Memorisation memorisation =
        Memorisation.read(folder.resolve("judged").resolve("memorisation.json"));
    assertThat(memorisation.trainingImages()).isEqualTo(TRAINED.length);
    assertThat(memorisation.encoder()).startsWith(ENCODER);
    List<Image> heldOut = new ArrayList<>();
    try (Scope scope = Scope.open();
        ShapesDataset other = new ShapesDataset(IMAGES, 4)) {
      for (int i = 0; i < IMAGES; i++) {
        heldOut.add(other.image(i));
      }
      Tensor trained = seen(judge(), at(reference, TRAINED));
      assertThat(sorted(memorisation.samples())).containsExactly(nearest(samples, trained), TINY);
      assertThat(sorted(memorisation.heldOut())).containsExactly(nearest(heldOut, trained), TINY);
      assertThat(memorisation.samples().stream().filter(d -> d == 0).count())
          .isGreaterThanOrEqualTo(TRAINED.length)
          .isLessThan(SAMPLES);
    }
    Metric median = pooled(found, "nearest-training-distance@50", null);
    assertThat(median.nReference()).isEqualTo(TRAINED.length);
    assertThat(median.c().notes()).contains("reference: the images that were trained on");
    assertThat(median.c().sampling().weights()).isEqualTo("raw");
    Metric held = pooled(found, "nearest-training-distance-held-out@100", null);
    assertThat(held.value()).isEqualTo(Memorisation.quantile(memorisation.heldOut(), 0.5));
    assertThat(pooled(found, "closer-than-held-out@50", null).value())
        .isEqualTo(memorisation.shareCloserThanHeldOut());
    Memorisation.Pair closest = memorisation.closest().get(0);
    assertThat(closest.distance()).isZero();
    assertThat(folder.resolve("judged/report-data").resolve(closest.samplePng())).exists();
  }

  private static final org.assertj.core.data.Offset<Double> TINY = within(1e-4);

  private static double[] sorted(List<Double> values) {
    return values.stream().mapToDouble(v -> v).sorted().toArray();
  }

  private static double[] nearest(List<Image> images, Tensor trained) {
    double[][] rows = io.winnow.eval.PlainMetrics.rows(seen(judge(), images));
    double[][] set = io.winnow.eval.PlainMetrics.rows(trained);
    double[] least = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      least[i] = Double.MAX_VALUE;
      for (double[] other : set) {
        double squared = 0;
        for (int j = 0; j < other.length; j++) {
          squared += (rows[i][j] - other[j]) * (rows[i][j] - other[j]);
        }
        least[i] = Math.min(least[i], Math.sqrt(squared));
      }
    }
    java.util.Arrays.sort(least);
    return least;
  }

  /** Samples of a model that damaged images were given: judged by clean ones, copies of damaged. */
  @Test
  void reference_ofItsOwn_isComparedWith_andMemorisationStaysWithTheImagesTrainedOn() {
    Path clean = folder.resolve("clean.zip");
    List<Image> others = new ArrayList<>();
    try (ShapesDataset set = new ShapesDataset(200, 9);
        DamagedDataset undamaged = new DamagedDataset(set, null, "train", Damage.NONE, 0)) {
      ImageArchive.write(clean, List.of(undamaged), "", Progress.SILENT, () -> false);
      for (int i = 0; i < 200; i++) {
        others.add(set.image(i));
      }
    }
    List<Metric> metrics = evaluate("referred", true, judged("evaluate.reference=" + clean));
    try (Scope scope = Scope.open()) {
      Tensor theirs = seen(judge(), others);
      Metric fd = pooled(metrics, FD, null);
      double plain = distance(seen(judge(), samples), theirs);
      assertThat(fd.value()).isCloseTo(plain, within(1e-5 * plain));
      assertThat(fd.nReference()).isEqualTo(200);
      assertThat(fd.c().sets().reference()).contains("clean.zip");
      double unweighted = distance(seen(judge(), dark), theirs);
      assertThat(pooled(metrics, FD, "unweighted").value())
          .isCloseTo(unweighted, within(1e-5 * unweighted));
    }
    Memorisation own = Memorisation.read(folder.resolve("referred/memorisation.json"));
    Memorisation usual = Memorisation.read(folder.resolve("judged/memorisation.json"));
    assertThat(own.samples()).isEqualTo(usual.samples());
    assertThat(own.trainingImages()).isEqualTo(TRAINED.length);
  }

  @Test
  void reference_ofOtherClasses_isRefusedByItsKey() {
    Path other = folder.resolve("other");
    Png.write(reference.get(0), other.resolve("train/cat/0.png"));
    Png.write(reference.get(1), other.resolve("train/dog/1.png"));
    Recipe recipe = recipe("evaluate.reference=" + other);
    assertThatThrownBy(() -> EvaluateStage.requireReference(recipe, classes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("evaluate.reference: ")
        .hasMessageContaining("has the classes [cat, dog]; expected those that are trained on");
  }

  @Test
  void judge_thatDidNotSelect_isNotSaidToHave() {
    assertThat(found).noneMatch(m -> m.c().notes().contains(Metric.JUDGED_BY_SELECTOR));
    assertThat(notesOfFound).noneMatch(line -> line.contains(Metric.JUDGED_BY_SELECTOR));
  }

  @Test
  void judge_thatSelected_isSaidInEveryMetric_andOnceToTheUser() {
    List<Metric> metrics = evaluate("same", false);
    assertThat(metrics).isNotEmpty();
    assertThat(metrics)
        .filteredOn(m -> !m.floor())
        .allMatch(m -> m.c().notes().contains(Metric.JUDGED_BY_SELECTOR))
        .allMatch(m -> m.c().extractor().name().equals(ENCODER));
    assertThat(notes)
        .filteredOn(line -> line.contains(Metric.JUDGED_BY_SELECTOR))
        .containsExactly("evaluate: " + Metric.JUDGED_BY_SELECTOR);
    try (Scope scope = Scope.open()) {
      double plain = distance(seen(selector(), samples), seen(selector(), reference));
      assertThat(pooled(metrics, FD, null).value()).isCloseTo(plain, within(1e-5 * plain));
    }
  }

  @Test
  void judge_ofASelectionWithoutFeatures_isNotSaidToHaveSelected() {
    List<Metric> metrics =
        evaluate("uniform", false, "prune.method=uniform", "evaluate.metrics=[fd]");
    assertThat(pooled(metrics, FD, null).c().notes()).doesNotContain(Metric.JUDGED_BY_SELECTOR);
  }

  @Test
  void judge_namedLikeTheSelector_withAFileOfItsOwn_isAnotherNetworkInAnotherFolder() {
    RunLayout run = new RunLayout(folder.resolve("judged"));
    try (Features own = FeatureFolder.read(run.features(ENCODER));
        Features other = FeatureFolder.read(run.features(ENCODER + "-judge"));
        Features drawn = FeatureFolder.read(samplesSeen(run, "samples"));
        Features unweighted = FeatureFolder.read(samplesSeen(run, "samples-unweighted"));
        Features held = FeatureFolder.read(run.features("held-out-" + ENCODER + "-judge"))) {
      assertThat(own.encoder().weightsSha256()).isEqualTo(hash(selector()));
      for (Features features : List.of(other, drawn, unweighted, held)) {
        assertThat(features.encoder().weightsSha256()).isEqualTo(hash(judge()));
      }
    }
  }

  private static Path samplesSeen(RunLayout run, String samples) {
    return run.sampleFeatures().resolve(samples).resolve(ENCODER + "-judge");
  }

  private static String hash(Path classifier) {
    return Sha256.of(classifier.resolve("classifier.safetensors"));
  }

  /**
   * Nobody names it: it is the one with a file of its own. It knows CIFAR-10's classes, so that the
   * selector, which knows the shapes, says what samples look like.
   */
  @Test
  void judge_ofAnotherName_isTheNetworkOfItsFile_andTheSelectorTellsTheClasses() {
    String weights = "evaluate.weights={" + OTHER + ": " + other() + "}";
    List<Metric> metrics =
        evaluate("other", true, weights, "evaluate.metrics=[fd, class-agreement]");
    Metric fd = pooled(metrics, "fd-" + OTHER + "@50", null);
    assertThat(fd.c().notes()).doesNotContain(Metric.JUDGED_BY_SELECTOR);
    try (Scope scope = Scope.open()) {
      EncodeConfig config = EncodeConfig.of(OTHER, other().toString());
      double plain = distance(seen(config, samples), seen(config, reference));
      assertThat(fd.value()).isCloseTo(plain, within(1e-5 * plain));
    }
    assertThat(folder.resolve("other/features").resolve(OTHER)).isDirectory();
    for (String variant : new String[] {null, "unweighted"}) {
      Metric agreement = pooled(metrics, "class-agreement@50", variant);
      assertThat(agreement.value()).isEqualTo(agreed(variant == null ? samples : dark));
      assertThat(agreement.c().extractor().name()).isEqualTo(ENCODER);
    }
  }

  private static Path other() {
    Path file = folder.resolve("other.safetensors");
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> state = new TreeMap<>(new AkamasterResNet(20, 10).state());
      RandomStreams random = RandomStreams.of(20);
      state.replaceAll(
          (key, value) ->
              value.dim() < 2 ? value : random.normal(value.shape(), key).mul(new Scalar(0.1)));
      Safetensors.write(file, state, Map.of());
    }
    return file;
  }

  /** The share that the selector puts into their classes. */
  private static double agreed(List<Image> images) {
    EncodeConfig config = EncodeConfig.of(ENCODER, selector().toString());
    try (Encoder encoder = Encoders.open(config, null, new Device("cpu"), 0)) {
      int[] told = ((Classifier) encoder).classify(images);
      return IntStream.range(0, SAMPLES).filter(i -> told[i] == labels.get(2 * i)).count()
          / (double) SAMPLES;
    }
  }

  @Test
  void classAgreement_thatNoEncoderCanJudge_isRefusedWhereAskedFor_andLeftOutOfTheDefaults() {
    String list = "evaluate.metrics=[fd, class-fd, class-agreement%s]";
    String unknowing = "encode.weights=" + judge();
    Recipe asked = recipe(unknowing, list.formatted(""));
    assertThatThrownBy(() -> EvaluateStage.requireClassifier(asked, classes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "evaluate.metrics: class-agreement needs a classifier of the data set's classes "
                + classes
                + ", but encoder "
                + ENCODER
                + " is none. Choose one that is (evaluate.encoder), or take class-agreement out of"
                + " evaluate.metrics.");
    EvaluateStage.requireClassifier(asked, List.of("cat", "dog"));
    EvaluateStage.requireClassifier(recipe(unknowing, list.formatted(", memorisation")), classes);
    EvaluateStage.requireClassifier(recipe(unknowing, "evaluate.metrics=[fd]"), classes);
    String weights = "evaluate.weights={" + OTHER + ": " + other() + "}";
    String agreement = list.formatted("");
    EvaluateStage.requireClassifier(recipe(weights, agreement), classes);
    EvaluateStage.requireClassifier(
        recipe(unknowing, weights, agreement), List.of("ship", "truck"));
    List<Metric> metrics = evaluate("defaults", false, unknowing, list.formatted(", memorisation"));
    assertThat(metrics).extracting(Metric::kind).doesNotContain(Metric.Kind.CLASS_AGREEMENT);
    assertThat(notes)
        .contains(
            "class-agreement: encoder "
                + ENCODER
                + " is no classifier of the samples' classes; left out");
  }
}
