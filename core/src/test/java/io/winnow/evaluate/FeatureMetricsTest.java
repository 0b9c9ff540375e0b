package io.winnow.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.artifact.Metric;
import io.winnow.eval.FdInfinity;
import io.winnow.eval.FrechetStatistics;
import io.winnow.eval.Kid;
import io.winnow.eval.PlainMetrics;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Values are those of plain loops over the same rows: {@link PlainMetrics}. */
class FeatureMetricsTest {
  private static final List<String> CLASSES = List.of("a", "b");

  @TempDir Path folder;

  /** Rows with classes in turn; those of class 1 lie elsewhere. */
  private static double[][] rows(long seed, int n) {
    RandomStreams random = RandomStreams.of(seed);
    double[][] rows = new double[n][2];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < 2; j++) {
        rows[i][j] = (float) (random.uniform("x", i, j) * (j + 1) + 0.3 * seed + i % 2);
      }
    }
    return rows;
  }

  private static Features set(String encoder, double[][] rows, List<String> classes) {
    int n = rows.length;
    float[][] narrow = new float[n][2];
    for (int i = 0; i < n; i++) {
      narrow[i][0] = (float) rows[i][0];
      narrow[i][1] = (float) rows[i][1];
    }
    return Features.of(
        narrow,
        IntStream.range(0, n).mapToObj(i -> "i" + i).toList(),
        IntStream.range(0, n).map(i -> i % classes.size()).toArray(),
        classes,
        new EncoderIdentity(encoder, "net", "w", "resize", 2));
  }

  private static Features set(String encoder, long seed, int n) {
    return set(encoder, rows(seed, n), CLASSES);
  }

  private static Metric.Circumstances drawn() {
    return new Metric.Circumstances(
        new Metric.Sets(0, 0, "ref"),
        null,
        new Metric.Sampling("raw", "ddim", 10, 0.3),
        5L,
        "bf16",
        "unweighted",
        List.of("as given"));
  }

  private FeatureMetrics metrics(Features samples, Features reference, long seed) {
    return new FeatureMetrics(
        samples, reference, seed, drawn(), new FeatureMetrics.Cache(folder, "reference"));
  }

  private Metric one(MetricKind kind, Features samples, Features reference) {
    return metrics(samples, reference, 0).measure(kind).get(0);
  }

  @Test
  void fd_isTheDistanceOfAllRows_andNamesEncoderAndCount() {
    Metric fd = one(MetricKind.FD, set("resnet18-cifar", 1, 41), set("resnet18-cifar", 2, 60));
    assertThat(fd.value()).isCloseTo(PlainMetrics.frechet(rows(1, 41), rows(2, 60)), within(1e-10));
    assertThat(fd.name()).isEqualTo("fd-resnet18-cifar@41");
    assertThat(fd.label()).isNull();
    EncoderIdentity encoder = new EncoderIdentity("resnet18-cifar", "net", "w", "resize", 2);
    assertThat(fd.c())
        .isEqualTo(
            new Metric.Circumstances(
                new Metric.Sets(41, 60, "ref"),
                new Metric.Extractor("resnet18-cifar", encoder.hash(), "resize"),
                new Metric.Sampling("raw", "ddim", 10, 0.3),
                5L,
                "bf16",
                "unweighted",
                List.of("as given")));
  }

  @Test
  void fd_ofTheSameRows_isZero() {
    Features same = set("e", 1, 40);
    assertThat(one(MetricKind.FD, same, same).value()).isCloseTo(0, within(1e-8));
  }

  @Test
  void fd_referenceStatistics_areComputedOnce_perReferenceAndEncoder() {
    Metric first = one(MetricKind.FD, set("e", 1, 40), set("e", 2, 60));
    // The same reference by its hash: what is kept stands for it, whatever the rows are now.
    assertThat(one(MetricKind.FD, set("e", 1, 40), set("e", 3, 60)).value())
        .isEqualTo(first.value());
    assertThat(one(MetricKind.FD, set("f", 1, 40), set("f", 3, 60)).value())
        .isNotEqualTo(first.value());
    FeatureMetrics other =
        new FeatureMetrics(
            set("e", 1, 40),
            set("e", 3, 60),
            0,
            drawn(),
            new FeatureMetrics.Cache(folder, "other"));
    assertThat(other.measure(MetricKind.FD).get(0).value())
        .isCloseTo(PlainMetrics.frechet(rows(1, 40), rows(3, 60)), within(1e-10));
  }

  @Test
  void fd_ofKnownStatistics_needsNoRowsOfTheReference() {
    double[][] theirs = rows(2, 60);
    try (Scope scope = Scope.open()) {
      FrechetStatistics known = LabelledFeatures.statistics(set("e", 2, 60));
      FeatureMetrics metrics =
          new FeatureMetrics(
              set("e", 1, 40),
              null,
              0,
              drawn(),
              new FeatureMetrics.Cache(folder, "reference", known));
      Metric fd = metrics.measure(MetricKind.FD).get(0);
      assertThat(fd.value()).isCloseTo(PlainMetrics.frechet(rows(1, 40), theirs), within(1e-10));
      assertThat(fd.nReference()).isEqualTo(60);
      assertThat(metrics.measure(MetricKind.FD_INFINITY).get(0).nReference()).isEqualTo(60);
      assertThat(metrics.floors(MetricKind.FD)).isEmpty();
    }
  }

  /** The two sides may number their classes otherwise: rows 0, 2, ... of the samples are of "b". */
  @Test
  void classFd_matchesClassesByName_notByLabel() {
    double[][] own = rows(1, 41);
    double[][] theirs = rows(2, 60);
    List<Metric> found =
        metrics(set("e", own, List.of("b", "a")), set("e", theirs, List.of("a", "b")), 0)
            .measure(MetricKind.CLASS_FD);
    assertThat(found).extracting(Metric::className).containsExactly("a", "b");
    assertThat(found).extracting(Metric::label).containsExactly(0, 1);
    assertThat(found).extracting(m -> m.n()).containsExactly(20L, 21L);
    assertThat(found).extracting(m -> m.nReference()).containsExactly(30L, 30L);
    assertThat(found).extracting(Metric::name).containsExactly("fd-e@20", "fd-e@21");
    assertThat(found).allMatch(m -> m.c().variant().equals("unweighted"));
    for (int label = 0; label < 2; label++) {
      double plain = PlainMetrics.frechet(every(own, 1 - label), every(theirs, label));
      assertThat(found.get(label).value()).isCloseTo(plain, within(1e-10));
    }
  }

  private static double[][] every(double[][] rows, int parity) {
    return IntStream.range(0, rows.length)
        .filter(i -> i % 2 == parity)
        .mapToObj(i -> rows[i])
        .toArray(double[][]::new);
  }

  @Test
  void kid_isThatOfAllRows_andHasNoIntervalAtTheSizeOfASubset() {
    Metric kid = one(MetricKind.KID, set("e", 1, 40), set("e", 2, 40));
    assertThat(kid.value()).isCloseTo(PlainMetrics.kid(rows(1, 40), rows(2, 40)), within(1e-11));
    assertThat(kid.name()).isEqualTo("kid-e@40");
    assertThat(kid.c().notes())
        .containsExactly(
            "as given",
            "no interval: a subset of 40 holds all of both sides (an interval needs more than 1000"
                + " on both)");
    assertThat(one(MetricKind.KID, set("e", 1, 40), set("e", 2, 60)).c().notes().get(1))
        .isEqualTo(
            "no interval: a subset of 40 holds all of the smaller side (an interval needs more than"
                + " 1000 on both)");
    assertThat(one(MetricKind.KID, set("fid-inception", 1, 40), set("fid-inception", 2, 40)).name())
        .isEqualTo("kid@40");
  }

  @Test
  void kid_ofMoreThanASubset_hasAnInterval() {
    assertThat(FeatureMetrics.interval(new Kid.Estimate(1.5, 0.0125, 100, 1000)))
        .isEqualTo("std 0.0125 over 100 subsets of 1000");
  }

  @Test
  void precisionAndRecall_areOfSamplesAgainstTheReference_atThreeNeighbours() {
    double[][] own = rows(1, 40);
    double[][] theirs = rows(2, 60);
    List<Metric> found =
        metrics(set("e", own, CLASSES), set("e", theirs, CLASSES), 0)
            .measure(MetricKind.PRECISION_RECALL);
    assertThat(found)
        .extracting(Metric::name)
        .containsExactly("precision-e@40", "recall-e@40", "density-e@40", "coverage-e@40");
    double[] plain = PlainMetrics.precisionRecall(theirs, own, 3);
    assertThat(plain[0]).isNotEqualTo(plain[1]);
    assertThat(found.stream().mapToDouble(Metric::value).toArray())
        .containsExactly(plain, within(1e-12));
    assertThat(found.get(0).c().notes()).containsExactly("as given", "k = 3");
  }

  @Test
  void cmmd_isOfRowsDividedByTheirLengths() {
    Metric cmmd = one(MetricKind.CMMD, set("e", 1, 40), set("e", 2, 60));
    assertThat(cmmd.value()).isCloseTo(PlainMetrics.cmmd(rows(1, 40), rows(2, 60)), within(1e-6));
    assertThat(cmmd.name()).isEqualTo("cmmd@40");
    assertThat(cmmd.nReference()).isEqualTo(60);
  }

  @Test
  void fdInfinity_isTheInterceptOverSubsetsOfTheSamples_drawnBySeed() {
    Features samples = set("e", 1, 40);
    Features reference = set("e", 2, 60);
    Metric found = metrics(samples, reference, 3).measure(MetricKind.FD_INFINITY).get(0);
    try (Scope scope = Scope.open()) {
      FdInfinity.Line line =
          FdInfinity.of(
              LabelledFeatures.statistics(reference), samples.block(0, 40), RandomStreams.of(3));
      assertThat(found.value()).isEqualTo(line.intercept());
      assertThat(found.c().notes().get(1))
          .isEqualTo(String.format(java.util.Locale.ROOT, "slope %.6g in 1/n", line.slope()));
    }
    assertThat(metrics(samples, reference, 4).measure(MetricKind.FD_INFINITY).get(0).value())
        .isNotEqualTo(found.value());
  }

  @Test
  void floors_areOfDisjointPartsOfTheReference_withoutASampler() {
    Features reference = set("e", 2, 7);
    List<Metric> floors = metrics(set("e", 1, 3), reference, 0).floors(MetricKind.FD);
    assertThat(floors).extracting(m -> m.c().variant()).containsExactly("floor", "floor-at-n");
    assertThat(floors).allMatch(Metric::floor);
    Metric halves = floors.get(0);
    assertThat(List.of(halves.n(), halves.nReference())).containsExactly(3L, 3L);
    assertThat(distances(rows(2, 7), 3, 3)).anyMatch(d -> Math.abs(d - halves.value()) < 1e-10);
    Metric atN = floors.get(1);
    assertThat(List.of(atN.n(), atN.nReference())).containsExactly(3L, 4L);
    assertThat(distances(rows(2, 7), 3, 4)).anyMatch(d -> Math.abs(d - atN.value()) < 1e-10);
    assertThat(atN.name()).isEqualTo("fd-e@3");
    assertThat(atN.c().notes().get(0))
        .isEqualTo("floor at the samples' n: so many images of the reference against its others");
    for (Metric floor : floors) {
      assertThat(floor.c().sampling()).isNull();
      assertThat(floor.c().sets().reference()).isEqualTo("ref");
      assertThat(floor.c().seed()).isEqualTo(5L);
      assertThat(floor.c().precision()).isEqualTo("bf16");
      assertThat(floor.c().extractor().name()).isEqualTo("e");
    }
    assertThat(metrics(set("e", 1, 3), reference, 1).floors(MetricKind.FD)).isNotEqualTo(floors);
    assertThat(metrics(set("e", 1, 3), reference, 0).floors(MetricKind.FD)).isEqualTo(floors);
  }

  /** Distances between all disjoint parts of so many rows. */
  private static List<Double> distances(double[][] rows, int first, int second) {
    List<Double> all = new ArrayList<>();
    for (int a = 0; a < 1 << rows.length; a++) {
      for (int b = 0; b < 1 << rows.length; b++) {
        if ((a & b) == 0 && Integer.bitCount(a) == first && Integer.bitCount(b) == second) {
          all.add(PlainMetrics.frechet(part(rows, a), part(rows, b)));
        }
      }
    }
    return all;
  }

  private static double[][] part(double[][] rows, int bits) {
    return IntStream.range(0, rows.length)
        .filter(i -> (bits >> i & 1) == 1)
        .mapToObj(i -> rows[i])
        .toArray(double[][]::new);
  }

  @Test
  void floors_ofAsManySamplesAsHalfTheReference_areThoseOfTheHalves() {
    List<Metric> floors = metrics(set("e", 1, 4), set("e", 2, 7), 0).floors(MetricKind.FD);
    assertThat(floors).extracting(m -> m.c().variant()).containsExactly("floor");
    assertThat(floors.get(0).c().notes().get(0))
        .isEqualTo(
            "floor: two disjoint halves of the reference, as near to the samples' n of 4 as two"
                + " parts of 7 come");
    assertThat(metrics(set("e", 1, 4), set("e", 2, 3), 0).floors(MetricKind.FD)).isEmpty();
    assertThat(metrics(set("e", 1, 4), set("e", 2, 7), 0).floors(MetricKind.KID)).isEmpty();
    assertThat(metrics(set("e", 1, 4), set("e", 2, 7), 0).floors(MetricKind.FD_INFINITY)).isEmpty();
  }

  /** Class "a" has 3 samples and 7 images, class "b" 4 of 6: more than half. */
  @Test
  void classFloors_areOfTheClassAlone_atTheSamplesCountOrOfHalves() {
    double[][] theirs = rows(2, 13);
    Features reference = set("e", theirs, CLASSES);
    Features samples = set("e", rows(1, 7), List.of("b", "a"));
    List<Metric> floors = metrics(samples, reference, 0).floors(MetricKind.CLASS_FD);
    assertThat(floors).extracting(Metric::className).containsExactly("a", "b");
    assertThat(floors).extracting(Metric::label).containsExactly(0, 1);
    assertThat(floors).extracting(m -> m.c().variant()).containsExactly("floor-at-n", "floor");
    assertThat(floors).extracting(m -> m.n()).containsExactly(3L, 3L);
    assertThat(floors).extracting(m -> m.nReference()).containsExactly(4L, 3L);
    for (int label = 0; label < 2; label++) {
      Metric floor = floors.get(label);
      assertThat(distances(every(theirs, label), 3, label == 0 ? 4 : 3))
          .anyMatch(d -> Math.abs(d - floor.value()) < 1e-10);
    }
    assertThat(metrics(samples, set("e", 2, 7), 0).floors(MetricKind.CLASS_FD))
        .as("three images of b have no floor")
        .extracting(Metric::className)
        .containsExactly("a");
  }

  /** A gibibyte of rows; of more, so many that are drawn by seed. */
  @Test
  void setsTooLargeForMemory_areADrawnPart_inTheirOrder() {
    assertThat(FeatureMetrics.rowsInMemory(2048)).isEqualTo(131_072);
    Features features = set("e", 1, 40);
    FeatureMetrics metrics = metrics(features, features, 0);
    List<String> notes = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      float[] all = Tensors.floats(features.block(0, 40));
      assertThat(Tensors.floats(metrics.atMost(40, features, "samples", notes))).isEqualTo(all);
      assertThat(notes).isEmpty();
      float[] part = Tensors.floats(metrics.atMost(39, features, "samples", notes));
      assertThat(notes).containsExactly("39 drawn of 40 samples");
      int left =
          IntStream.range(0, 40)
              .filter(i -> all[2 * i] != part(part, 2 * i))
              .findFirst()
              .orElse(39);
      for (int i = 0; i < part.length; i++) {
        assertThat(part[i]).isEqualTo(all[i < 2 * left ? i : i + 2]);
      }
      List<Integer> seeds = new ArrayList<>();
      for (int seed = 0; seed < 4; seed++) {
        FeatureMetrics other = metrics(features, features, seed);
        seeds.add(Arrays.hashCode(Tensors.floats(other.atMost(20, features, "samples", notes))));
      }
      assertThat(seeds).doesNotHaveDuplicates();
    }
  }

  private static float part(float[] values, int i) {
    return i < values.length ? values[i] : Float.NaN;
  }

  @Test
  void samples_ofAnotherEncoder_areRefused() {
    assertThatThrownBy(() -> metrics(set("e", 1, 9), set("f", 1, 9), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("features of e (net");
  }

  @Test
  void classWithOneSample_isRefusedByName() {
    assertThatThrownBy(
            () -> metrics(set("e", 1, 3), set("e", 2, 40), 0).measure(MetricKind.CLASS_FD))
        .hasMessageContaining("class b has 1 of the samples and 20 of the reference images");
    assertThatThrownBy(
            () -> metrics(set("e", 1, 40), set("e", 2, 3), 0).measure(MetricKind.CLASS_FD))
        .hasMessageContaining("class b has 20 of the samples and 1 of the reference images");
  }

  @Test
  void metricName_unknown_listsTheNames() {
    assertThatThrownBy(() -> MetricKind.parse("fidd")).hasMessageContaining("class-fid");
    assertThat(MetricKind.parse("FD-Infinity")).isEqualTo(MetricKind.FD_INFINITY);
    assertThat(Arrays.stream(MetricKind.values()).filter(MetricKind::frechet))
        .extracting(MetricKind::slug)
        .containsExactly("fd", "fid", "sfid", "fd-dinov2", "fd-infinity");
    assertThat(Arrays.stream(MetricKind.values()).filter(MetricKind::byClass))
        .extracting(MetricKind::slug)
        .containsExactly("class-fd", "class-fid");
  }
}
