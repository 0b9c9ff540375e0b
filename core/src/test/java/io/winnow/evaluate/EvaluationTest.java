package io.winnow.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Memorisation;
import io.winnow.artifact.Metric;
import io.winnow.data.Dataset;
import io.winnow.data.Image;
import io.winnow.data.ImageDraw;
import io.winnow.data.Png;
import io.winnow.eval.PlainMetrics;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Comparisons of images through {@link CornerEncoder}, whose features the test knows from the
 * pixels; values are those of {@link PlainMetrics}.
 */
class EvaluationTest {
  private static final String ENCODER = "resnet20-cifar";
  private static final List<String> CLASSES = List.of("blue", "green", "red");

  @TempDir Path folder;

  private List<String> asked = new ArrayList<>();

  private EvaluationSettings settings(String chosen, long seed) {
    return new EvaluationSettings(
        name -> {
          asked.add(name);
          return () ->
              new CornerEncoder(name, "w", List.of("red", "green", "blue"), new AtomicInteger());
        },
        chosen,
        null,
        4,
        folder.resolve("work"),
        folder.resolve("pictures"),
        seed,
        "float32",
        Progress.SILENT,
        () -> false);
  }

  /** Images of three classes; the features of class k are rows k n to (k + 1) n - 1. */
  private double[][] images(String name, long seed, int perClass) {
    List<double[]> rows = new ArrayList<>();
    for (int k = 0; k < CLASSES.size(); k++) {
      for (int i = 0; i < perClass; i++) {
        byte[] rgb = new byte[3 * 4];
        for (int p = 0; p < rgb.length; p++) {
          rgb[p] =
              (byte) (40.0 * k + 20.0 * seed + 90 * RandomStreams.of(seed).uniform("p", k, i, p));
        }
        rows.add(new double[] {(rgb[0] & 0xff) / 100f, (rgb[1] & 0xff) / 100f});
        Path file = folder.resolve(name).resolve(CLASSES.get(k)).resolve("%02d.png".formatted(i));
        Png.write(new Image(2, 2, rgb), file);
      }
    }
    return rows.toArray(double[][]::new);
  }

  private Side open(String name) {
    return open(name, new ImageDraw("", 0, 0, 0));
  }

  private Side open(String name, ImageDraw draw) {
    return Sides.open(folder.resolve(name), draw, List.of(), Progress.SILENT);
  }

  private Evaluation.Outcome compare(String samples, String reference, MetricKind... kinds) {
    try (Side own = open(samples);
        Side theirs = open(reference)) {
      return Evaluation.run(
          settings(ENCODER, 0), EvaluationRequest.of(own, theirs, List.of(kinds)));
    }
  }

  private static double value(Evaluation.Outcome outcome, String name) {
    return metric(outcome, name).value();
  }

  private static Metric metric(Evaluation.Outcome outcome, String name) {
    return outcome.metrics().stream()
        .filter(m -> m.name().equals(name) && m.label() == null && !m.floor())
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " is not among " + outcome.metrics()));
  }

  @Test
  void everyMetric_isOfTheSamplesAgainstTheReference() {
    double[][] own = images("a", 1, 6);
    double[][] theirs = images("b", 2, 9);
    Evaluation.Outcome outcome =
        compare("a", "b", MetricKind.FD, MetricKind.KID, MetricKind.PRECISION_RECALL);
    assertThat(value(outcome, "fd-resnet20-cifar@18"))
        .isCloseTo(PlainMetrics.frechet(own, theirs), within(1e-6));
    double[] plain = PlainMetrics.precisionRecall(theirs, own, 3);
    assertThat(plain[0]).isNotEqualTo(plain[1]);
    assertThat(
            Stream.of("precision", "recall", "density", "coverage")
                .mapToDouble(name -> value(outcome, name + "-resnet20-cifar@18"))
                .toArray())
        .containsExactly(plain, within(1e-9));
    assertThat(metric(outcome, "kid-resnet20-cifar@18").nReference()).isEqualTo(27);
    assertThat(outcome.encoders()).extracting(EncoderIdentity::name).containsExactly(ENCODER);
    assertThat(outcome.seed()).isZero();
  }

  @Test
  void circumstances_nameBothSidesByContent_andNoSampler() {
    images("a", 1, 6);
    images("b", 2, 9);
    Metric.Circumstances c = metric(compare("a", "b", MetricKind.FD), "fd-resnet20-cifar@18").c();
    try (Side theirs = open("b")) {
      assertThat(c.sets().reference())
          .isEqualTo(folder.resolve("b") + " sha256 " + theirs.hash().substring(0, 12));
    }
    assertThat(c.precision()).isEqualTo("float32");
    assertThat(c.extractor().resizer()).isEqualTo("as it is");
    assertThat(Arrays.asList(c.sampling(), c.variant())).containsOnlyNulls();
  }

  @Test
  void usualMetrics_areThePooledAndTheClassWiseDistances_withTheirFloors() {
    double[][] own = images("a", 1, 4);
    double[][] theirs = images("b", 2, 9);
    try (Side samples = open("a");
        Side reference = open("b")) {
      EvaluationRequest usual = EvaluationRequest.usual(samples, reference);
      assertThat(usual.kinds()).containsExactly(MetricKind.FD, MetricKind.CLASS_FD);
      List<Metric> metrics = Evaluation.run(settings(ENCODER, 0), usual).metrics();
      assertThat(metrics)
          .extracting(m -> m.c().variant() + " " + m.className() + " " + m.n())
          .containsExactly(
              "null null 12",
              "floor null 13",
              "floor-at-n null 12",
              "null blue 4",
              "null green 4",
              "null red 4",
              "floor-at-n blue 4",
              "floor-at-n green 4",
              "floor-at-n red 4");
      for (int k = 0; k < 3; k++) {
        double plain =
            PlainMetrics.frechet(
                Arrays.copyOfRange(own, 4 * k, 4 * k + 4),
                Arrays.copyOfRange(theirs, 9 * k, 9 * k + 9));
        assertThat(metrics.get(3 + k).value()).isCloseTo(plain, within(1e-6));
      }
      assertThat(
              Evaluation.run(
                      settings(ENCODER, 7),
                      EvaluationRequest.of(samples, reference, List.of(MetricKind.FD)))
                  .metrics()
                  .get(1)
                  .value())
          .as("another seed draws other halves")
          .isNotEqualTo(metrics.get(1).value());
    }
  }

  @Test
  void usualMetrics_ofOtherClasses_areThePooledDistanceAlone() {
    images("a", 1, 4);
    images("b", 2, 4);
    try (Side samples = open("a/red");
        Side reference = open("b")) {
      assertThat(EvaluationRequest.usual(samples, reference).kinds())
          .containsExactly(MetricKind.FD);
    }
  }

  @Test
  void memorisation_isFromSamplesAndHeldOutImages_toTheReference() {
    double[][] own = images("a", 1, 4);
    double[][] theirs = images("b", 2, 5);
    double[][] held = images("c", 3, 3);
    try (Side samples = open("a");
        Side training = open("b");
        Side heldOut = open("c")) {
      Evaluation.Outcome outcome =
          Evaluation.run(
              settings(ENCODER, 0),
              EvaluationRequest.of(samples, training, List.of(MetricKind.MEMORISATION))
                  .withHeldOut(heldOut));
      Memorisation found = outcome.memorisation();
      assertThat(found.trainingImages()).isEqualTo(15);
      assertThat(found.samples().stream().mapToDouble(d -> d).toArray())
          .containsExactly(nearest(own, theirs), within(1e-6));
      assertThat(found.heldOut().stream().mapToDouble(d -> d).toArray())
          .containsExactly(nearest(held, theirs), within(1e-6));
      assertThat(value(outcome, "nearest-training-distance@12"))
          .isEqualTo(Memorisation.quantile(found.samples(), 0.5));
      assertThat(value(outcome, "nearest-training-distance-held-out@9"))
          .isEqualTo(Memorisation.quantile(found.heldOut(), 0.5));
      double closest = found.samples().stream().mapToDouble(d -> d).min().orElseThrow();
      assertThat(found.closest().get(0).distance()).isEqualTo(closest);
      assertThat(found.closest())
          .hasSize(12)
          .isSortedAccordingTo(java.util.Comparator.comparingDouble(Memorisation.Pair::distance));
      assertThat(outcome.withoutPictures().memorisation().closest())
          .allMatch(pair -> pair.samplePng() == null);
    }
  }

  private static double[] nearest(double[][] queries, double[][] set) {
    return Arrays.stream(queries)
        .mapToDouble(q -> Arrays.stream(set).mapToDouble(x -> distance(q, x)).min().orElseThrow())
        .toArray();
  }

  private static double distance(double[] a, double[] b) {
    return Math.hypot(a[0] - b[0], a[1] - b[1]);
  }

  @Test
  void memorisation_withoutHeldOutImages_isRefused() {
    images("a", 1, 4);
    assertThatThrownBy(() -> compare("a", "a", MetricKind.MEMORISATION))
        .hasMessageContaining("no held-out images");
  }

  /** The first pixel's brightest colour is the class: counted per class that was asked for. */
  @Test
  void classAgreement_isTheShareOfEveryClass() {
    for (int i = 0; i < 4; i++) {
      pixel("s/red/" + i + ".png", i < 3 ? 200 : 0, 100, 0); // the last one looks green
      pixel("s/green/" + i + ".png", 0, i < 1 ? 200 : 0, 100); // all but one look blue
    }
    pixel("s/blue/0.png", 0, 0, 9);
    images("b", 2, 4);
    List<Metric> found = compare("s", "b", MetricKind.CLASS_AGREEMENT).metrics();
    assertThat(found).extracting(Metric::className).containsExactly(null, "red", "green", "blue");
    assertThat(found).extracting(Metric::value).containsExactly(5 / 9.0, 0.75, 0.25, 1.0);
    assertThat(found).extracting(Metric::label).containsExactly(null, 0, 1, 2);
    assertThat(found).extracting(m -> m.n()).containsExactly(9L, 4L, 4L, 1L);
    assertThat(found.get(0).name()).isEqualTo("class-agreement@9");
    assertThat(found.get(0).nReference()).isZero();
    assertThat(found.get(0).c().sets().reference()).isNull();
  }

  private void pixel(String name, int red, int green, int blue) {
    byte[] rgb = new byte[12];
    rgb[0] = (byte) red;
    rgb[1] = (byte) green;
    rgb[2] = (byte) blue;
    Png.write(new Image(2, 2, rgb), folder.resolve(name));
  }

  /** 100 samples are classified at a time: the red ones are in the second block. */
  @Test
  void classAgreement_ofMoreThanABlock_asksEverySampleForItsOwnClass() {
    for (int i = 0; i < 101; i++) {
      pixel("s/blue/%03d.png".formatted(i), 0, 0, 9);
    }
    pixel("s/red/0.png", 9, 0, 0);
    pixel("s/red/1.png", 0, 9, 0);
    images("b", 2, 4);
    List<Metric> found = compare("s", "b", MetricKind.CLASS_AGREEMENT).metrics();
    assertThat(found).extracting(Metric::className).containsExactly(null, "red", "blue");
    assertThat(found).extracting(Metric::value).containsExactly(102 / 103.0, 0.5, 1.0);
  }

  @Test
  void classAgreement_ofOtherClasses_isRefused() {
    images("a", 1, 4);
    pixel("s/violet/0.png", 1, 2, 3);
    assertThatThrownBy(() -> compare("s", "a", MetricKind.CLASS_AGREEMENT))
        .hasMessageContaining("is no classifier of the samples' classes [violet]");
    assertThat(folder.resolve("work/features"))
        .as("refused before images are encoded")
        .doesNotExist();
  }

  /** The same rule without a run and in one: what a default list has and the sides cannot. */
  @Test
  void metricsThatSidesCannotHave_areRefusedWhereAskedFor_andLeftOutOfADefaultList() {
    images("a", 1, 4);
    images("b", 2, 4);
    List<MetricKind> kinds =
        List.of(
            MetricKind.FD,
            MetricKind.CLASS_FD,
            MetricKind.CLASS_AGREEMENT,
            MetricKind.MEMORISATION);
    try (Side samples = open("a/red");
        Side reference = open("b")) {
      for (MetricKind kind : kinds.subList(1, 4)) {
        EvaluationRequest asked = EvaluationRequest.of(samples, reference, List.of(kind));
        assertThatThrownBy(() -> Evaluation.run(settings(ENCODER, 0), asked))
            .isInstanceOf(IllegalArgumentException.class);
      }
      EvaluationRequest byDefault =
          new EvaluationRequest(kinds, false, samples, reference, null, null, null, false);
      assertThat(Evaluation.run(settings(ENCODER, 0), byDefault).metrics())
          .extracting(Metric::name)
          .containsExactly("fd-resnet20-cifar@4");
    }
  }

  /** Halves of one set: no image is in both, and together they are the set. */
  @Test
  void halves_areDisjoint_andOfEveryClassAsMany() {
    images("a", 1, 5);
    try (Side first = open("a", new ImageDraw("", 1, 0, 3));
        Side second = open("a", new ImageDraw("", 2, 0, 3))) {
      List<String> ids = new ArrayList<>();
      for (Side half : List.of(first, second)) {
        Dataset images = half.images().orElseThrow().dataset();
        for (int i = 0; i < images.size(); i++) {
          ids.add(images.id(i));
        }
        assertThat(images.size()).isBetween(7, 8);
      }
      assertThat(ids).doesNotHaveDuplicates().hasSize(15);
      assertThat(first.images().orElseThrow().copiesIn(second.images().orElseThrow())).isZero();
      assertThat(first.hash()).isNotEqualTo(second.hash());
      try (Side other = open("a", new ImageDraw("", 1, 0, 4))) {
        assertThat(other.hash()).as("another seed").isNotEqualTo(first.hash());
      }
    }
  }

  @Test
  void copiesOfTheReference_areCountedByContent() {
    images("a", 1, 3);
    images("b", 2, 3);
    images("b2", 1, 2);
    assertThat(compare("a", "b", MetricKind.FD).warnings()).noneMatch(w -> w.contains("byte by"));
    assertThat(compare("b2", "a", MetricKind.FD).warnings())
        .contains("6 of 6 samples are files of the reference, byte by byte.");
    assertThat(compare("a", "b2", MetricKind.FD).warnings())
        .contains("6 of 9 samples are files of the reference, byte by byte.");
  }

  @Test
  void fid_takesThePlaceOfFd_throughItsOwnNetwork() {
    images("a", 1, 4);
    images("b", 2, 4);
    try (Side samples = open("a");
        Side reference = open("b")) {
      List<Metric> metrics =
          Evaluation.run(
                  settings("fid-inception", 0),
                  EvaluationRequest.of(
                      samples,
                      reference,
                      List.of(
                          MetricKind.FD,
                          MetricKind.FID,
                          MetricKind.CLASS_FID,
                          MetricKind.CLASS_FD)))
              .metrics();
      assertThat(metrics)
          .filteredOn(m -> !m.floor())
          .extracting(Metric::name)
          .containsExactly("fid@12", "fid@4", "fid@4", "fid@4");
      assertThat(asked).containsExactly("fid-inception");
    }
  }

  /** With the features kept in the work folder under the content of the images. */
  @Test
  void imagesReplacedUnderTheSameNames_areEncodedAgain() {
    images("a", 1, 4);
    double[][] theirs = images("b", 2, 4);
    compare("a", "b", MetricKind.FD);
    double[][] other = images("a", 5, 4);
    assertThat(value(compare("a", "b", MetricKind.FD), "fd-resnet20-cifar@12"))
        .isCloseTo(PlainMetrics.frechet(other, theirs), within(1e-6));
    double[][] replaced = images("b", 6, 4);
    assertThat(value(compare("a", "b", MetricKind.FD), "fd-resnet20-cifar@12"))
        .isCloseTo(PlainMetrics.frechet(other, replaced), within(1e-6));
  }
}
