package io.winnow.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.artifact.Metric;
import io.winnow.data.Dataset;
import io.winnow.data.Image;
import io.winnow.eval.InceptionScore;
import io.winnow.eval.PlainMetrics;
import io.winnow.eval.Spread;
import io.winnow.task.HeardProgress;
import io.winnow.task.Notes;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Evaluations as a run asks for them. */
class RunEvaluationTest {
  private static final List<String> CLASSES = List.of("red", "green", "blue");

  @TempDir Path folder;

  private final List<String> notes = new ArrayList<>();
  private final List<CornerEncoder> opened = new ArrayList<>();

  /** Images in memory, classes in turn. */
  private record Pictures(String name, List<Image> images, List<String> classes)
      implements Dataset {
    @Override
    public int size() {
      return images.size();
    }

    @Override
    public String id(int i) {
      return "%03d".formatted(i);
    }

    @Override
    public int label(int i) {
      return classes.isEmpty() ? -1 : i % classes.size();
    }

    @Override
    public byte[] encoded(int i) {
      return images.get(i).rgb();
    }

    @Override
    public Image image(int i) {
      return images.get(i);
    }

    @Override
    public void close() {}
  }

  private static Pictures pictures(String name, long seed, int n) {
    List<Image> images = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      byte[] rgb = new byte[12];
      for (int p = 0; p < rgb.length; p++) {
        rgb[p] = (byte) (20 * seed + 150 * RandomStreams.of(seed).uniform("p", i, p));
      }
      images.add(new Image(2, 2, rgb));
    }
    return new Pictures(name, images, CLASSES);
  }

  private static double[][] rows(Pictures pictures) {
    return pictures.images().stream()
        .map(i -> new double[] {(i.rgb()[0] & 0xff) / 100f, (i.rgb()[1] & 0xff) / 100f})
        .toArray(double[][]::new);
  }

  private EvaluationSettings settings(String chosen, String classifier, List<String> classes) {
    return new EvaluationSettings(
        name -> {
          List<String> own = name.equals("knows") ? CLASSES : classes;
          return () -> {
            opened.add(new CornerEncoder(name, "weights of " + name, own, new AtomicInteger()));
            return opened.get(opened.size() - 1);
          };
        },
        chosen,
        classifier,
        4,
        folder,
        folder.resolve("pictures"),
        0,
        "float32",
        new Notes(notes::add),
        () -> false);
  }

  private static List<Metric> run(EvaluationSettings settings, EvaluationRequest request) {
    return Evaluation.run(settings, request).metrics();
  }

  private Side side(Pictures pictures) {
    return Side.ImageSide.of(
        pictures,
        "hash of " + pictures.name(),
        encoder -> folder.resolve(pictures.name()).resolve(encoder.identity().name()));
  }

  private EvaluationRequest request(
      Pictures samples, Pictures reference, String selector, boolean floors, MetricKind... kinds) {
    return request(samples, reference, selector, floors, false, kinds);
  }

  private EvaluationRequest request(
      Pictures samples,
      Pictures reference,
      String selector,
      boolean floors,
      boolean asked,
      MetricKind... kinds) {
    Metric.Circumstances drawn =
        new Metric.Circumstances(
            new Metric.Sets(0, 0, "ref"),
            null,
            new Metric.Sampling("ema", "ddim", 10, 0.3),
            0L,
            "float32",
            null,
            List.of());
    EncoderIdentity identity =
        selector == null ? null : new EncoderIdentity("s", "net", selector, "other resize", 9);
    return new EvaluationRequest(
        List.of(kinds), asked, side(samples), side(reference), null, drawn, identity, floors);
  }

  @Test
  void run_measuresSamplesAgainstTheReference_throughTheChosenEncoder() {
    Pictures samples = pictures("samples", 1, 12);
    Pictures reference = pictures("reference", 2, 30);
    List<Metric> metrics =
        run(
            settings("e", null, List.of()),
            request(samples, reference, null, false, MetricKind.FD, MetricKind.PRECISION_RECALL));
    assertThat(metrics)
        .extracting(Metric::name)
        .containsExactly(
            "fd-e@12", "precision-e@12", "recall-e@12", "density-e@12", "coverage-e@12");
    assertThat(metrics.get(0).value())
        .isCloseTo(PlainMetrics.frechet(rows(samples), rows(reference)), within(1e-6));
    double[] plain = PlainMetrics.precisionRecall(rows(reference), rows(samples), 3);
    assertThat(metrics.get(1).value()).isCloseTo(plain[0], within(1e-12)).isNotEqualTo(plain[1]);
    assertThat(metrics.get(0).nReference()).isEqualTo(30);
    assertThat(opened).allMatch(encoder -> encoder.closed().get() == 1);
  }

  @Test
  void floors_areGivenOncePerEncoder_andForEveryClass_whereAsked() {
    Pictures samples = pictures("samples", 1, 12);
    Pictures reference = pictures("reference", 2, 30);
    MetricKind[] kinds = {MetricKind.FD, MetricKind.KID, MetricKind.CLASS_FD};
    EvaluationSettings settings = settings("e", null, List.of());
    assertThat(run(settings, request(samples, reference, null, true, kinds)))
        .extracting(m -> m.name() + " " + m.c().variant() + " " + m.className())
        .containsExactly(
            "fd-e@12 null null",
            "fd-e@15 floor null",
            "fd-e@12 floor-at-n null",
            "fd-e@4 null red",
            "fd-e@4 null green",
            "fd-e@4 null blue",
            "fd-e@4 floor-at-n red",
            "fd-e@4 floor-at-n green",
            "fd-e@4 floor-at-n blue",
            "kid-e@12 null null");
    assertThat(run(settings, request(samples, reference, null, false, kinds)))
        .noneMatch(Metric::floor);
  }

  @Test
  void floors_standBesideSfidToo_throughItsOwnNetwork() {
    Pictures samples = pictures("samples", 1, 12);
    Pictures reference = pictures("reference", 2, 30);
    EvaluationSettings settings = settings("e", null, List.of());
    MetricKind[] kinds = {MetricKind.FD, MetricKind.SFID};
    assertThat(run(settings, request(samples, reference, null, true, kinds)))
        .extracting(m -> m.name() + " " + m.c().variant())
        .containsExactly(
            "fd-e@12 null",
            "fd-e@15 floor",
            "fd-e@12 floor-at-n",
            "sfid@12 null",
            "sfid@15 floor",
            "sfid@12 floor-at-n");
  }

  @Test
  void judge_withTheSelectorsWeights_isSaidToBeIt_inAnyPreprocessing() {
    Pictures samples = pictures("samples", 1, 12);
    Pictures reference = pictures("reference", 2, 30);
    EvaluationSettings settings = settings("e", null, CLASSES);
    MetricKind[] kinds = {MetricKind.FD, MetricKind.KID, MetricKind.CLASS_AGREEMENT};
    assertThat(run(settings, request(samples, reference, "weights of e", true, kinds)))
        .filteredOn(m -> !m.floor())
        .hasSize(6)
        .allMatch(m -> m.c().notes().get(0).equals(Metric.JUDGED_BY_SELECTOR));
    for (String other : new String[] {"weights of f", null}) {
      assertThat(run(settings, request(samples, reference, other, true, kinds)))
          .noneMatch(m -> m.c().notes().contains(Metric.JUDGED_BY_SELECTOR));
    }
  }

  @Test
  void classAgreement_ofAJudgeThatKnowsNoClass_isThatOfTheFallback() {
    Pictures samples = pictures("samples", 1, 12);
    Pictures reference = pictures("reference", 2, 30);
    EvaluationRequest request =
        request(samples, reference, "weights of knows", false, MetricKind.CLASS_AGREEMENT);
    List<Metric> metrics = run(settings("e", "knows", List.of()), request);
    assertThat(metrics.get(0).c().extractor().name()).isEqualTo("knows");
    assertThat(metrics.get(0).c().notes()).contains(Metric.JUDGED_BY_SELECTOR);
    long agreed = IntStream.range(0, 12).filter(i -> brightest(samples, i) == i % 3).count();
    assertThat(metrics.get(0).value()).isEqualTo(agreed / 12.0);
    assertThat(notes).isEmpty();
    assertThat(run(settings("e", "f", List.of()), request)).isEmpty();
    assertThat(notes)
        .containsExactly(
            "class-agreement: encoder f is no classifier of the samples' classes; left out");
    EvaluationRequest asked =
        request(samples, reference, null, false, true, MetricKind.CLASS_AGREEMENT);
    assertThatThrownBy(() -> run(settings("e", "f", List.of()), asked))
        .hasMessageContaining(
            "encoder f is no classifier of the samples' classes [red, green, blue]");
  }

  private static int brightest(Pictures pictures, int i) {
    return new CornerEncoder("x").classify(List.of(pictures.image(i)))[0];
  }

  @Test
  void byEncoder_sortsMetricsByTheNetworkTheyAreDefinedOn() {
    assertThat(MetricEncoders.byEncoder(List.of(MetricKind.values()), "dinov2-s"))
        .isEqualTo(
            Map.of(
                "dinov2-s",
                Set.of(
                    MetricKind.FD,
                    MetricKind.CLASS_FD,
                    MetricKind.KID,
                    MetricKind.PRECISION_RECALL,
                    MetricKind.FD_INFINITY,
                    MetricKind.CLASS_AGREEMENT,
                    MetricKind.MEMORISATION),
                "fid-inception",
                Set.of(MetricKind.FID, MetricKind.CLASS_FID, MetricKind.INCEPTION_SCORE),
                "sfid-inception-tensorflow",
                Set.of(MetricKind.SFID),
                "clip-vit-l14-336",
                Set.of(MetricKind.CMMD),
                "dinov2-l",
                Set.of(MetricKind.FD_DINOV2)));
    assertThat(
            MetricEncoders.byEncoder(
                List.of(MetricKind.FD, MetricKind.FID, MetricKind.CLASS_FD), "fid-inception-clean"))
        .isEqualTo(Map.of("fid-inception-clean", Set.of(MetricKind.FID, MetricKind.CLASS_FD)));
  }

  /** The reference is a set of its own: copies are looked for among others, of which some count. */
  @Test
  void memorisation_isOfTheImagesTrainedOn_whateverSamplesAreComparedWith() {
    Pictures samples = pictures("samples", 1, 12);
    Pictures trained = pictures("trained", 3, 9);
    int[] positions = {1, 4, 8};
    EvaluationRequest plain =
        request(samples, pictures("reference", 2, 30), null, false, MetricKind.MEMORISATION);
    EvaluationRequest request =
        new EvaluationRequest(
            plain.kinds(),
            plain.asked(),
            plain.samples(),
            plain.reference(),
            new EvaluationRequest.Training(side(trained), positions, null),
            plain.drawn(),
            null,
            false);
    HeardProgress heard = new HeardProgress();
    EvaluationSettings usual = settings("e", null, List.of());
    Evaluation.Outcome outcome =
        Evaluation.run(
            new EvaluationSettings(
                usual.encoders(),
                usual.chosen(),
                usual.classifier(),
                usual.batch(),
                usual.work(),
                usual.pictures(),
                usual.seed(),
                usual.precision(),
                heard,
                usual.stop()),
            request);
    assertThat(outcome.metrics())
        .extracting(Metric::name)
        .containsExactly("nearest-training-distance@12");
    assertThat(outcome.metrics().get(0).nReference()).isEqualTo(3);
    assertThat(outcome.heldOut()).isNull();
    double[][] own = rows(samples);
    double[][] seen = rows(trained);
    for (int i = 0; i < 12; i++) {
      double[] q = own[i];
      double nearest =
          IntStream.of(positions)
              .mapToDouble(k -> Math.hypot(q[0] - seen[k][0], q[1] - seen[k][1]))
              .min()
              .orElseThrow();
      assertThat(outcome.memorisation().samples().get(i)).isCloseTo(nearest, within(1e-6));
    }
    assertThat(heard.lines())
        .contains("begin encode samples 12 images, 0 done")
        .contains("begin encode training images 9 images, 0 done")
        .noneMatch(line -> line.contains("encode reference"));
  }

  @Test
  void outcomeWithoutMemorisation_hasNoPicturesToLeaveOut() {
    Pictures samples = pictures("samples", 1, 12);
    Pictures reference = pictures("reference", 2, 30);
    Evaluation.Outcome outcome =
        Evaluation.run(
            settings("e", null, List.of()),
            request(samples, reference, null, false, MetricKind.FD));
    assertThat(outcome.memorisation()).isNull();
    assertThat(outcome.withoutPictures()).isSameAs(outcome);
  }

  /** A head of four classes over two features; rows come in blocks of 1024. */
  @Test
  void inceptionScore_isOfTheHeadOverAllRows_inTenSplits() {
    int n = 1030;
    float[][] rows = new float[n][2];
    for (int i = 0; i < n; i++) {
      rows[i][0] = (float) RandomStreams.of(1).uniform("a", i);
      rows[i][1] = i;
    }
    EncoderIdentity identity = new EncoderIdentity("fid-inception", "net", "w", "resize", 2);
    Metric.Circumstances drawn =
        new Metric.Circumstances(
            new Metric.Sets(0, 0, "ref"),
            null,
            new Metric.Sampling("ema", null, null, null),
            7L,
            null,
            null,
            List.of("x"));
    try (Features features =
            Features.of(
                rows,
                IntStream.range(0, n).mapToObj(i -> "i" + i).toList(),
                new int[n],
                List.of("all"),
                identity);
        Scope scope = Scope.open()) {
      Metric metric = InceptionScores.of(RunEvaluationTest::head, features, drawn, 7);
      Spread spread = InceptionScore.of(head(features.block(0, n)), 10, RandomStreams.of(7));
      assertThat(metric.value()).isCloseTo(spread.mean(), within(1e-9)).isGreaterThan(1.01);
      assertThat(metric.name()).isEqualTo("inception-score@1030");
      assertThat(metric.c().notes())
          .containsExactly(
              "x", String.format(java.util.Locale.ROOT, "std %.3g over 10 splits", spread.std()));
      assertThat(metric.c().sets().reference()).isNull();
      assertThat(InceptionScores.of(RunEvaluationTest::head, features, drawn, 8).value())
          .isNotEqualTo(metric.value());
    }
  }

  private static Tensor head(Tensor features) {
    Tensor x = features.narrow(1, 0, 1).mul(new Scalar(3.0)); // [n, 1]
    Tensor y = features.narrow(1, 1, 1).mul(new Scalar(0.01)).sin(); // [n, 1]
    return org.bytedeco.pytorch.global.torch.cat(
        new org.bytedeco.pytorch.TensorVector(x, y, x.neg(), y.mul(new Scalar(2.0))), 1);
  }

  @Test
  void inceptionScore_throughAnotherEncoder_isRefused() {
    Pictures samples = pictures("samples", 1, 12);
    assertThatThrownBy(
            () ->
                run(
                    settings("e", null, List.of()),
                    request(samples, samples, null, false, MetricKind.INCEPTION_SCORE)))
        .hasMessageContaining("inception-score: encoder fid-inception has no such head");
  }
}
