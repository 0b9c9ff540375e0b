package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.artifact.Metric;
import io.winnow.tensor.RandomStreams;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureMetricsTest {
  @TempDir java.nio.file.Path folder;

  private FeatureMetrics.Cache cache() {
    return new FeatureMetrics.Cache(folder, "reference");
  }

  private static final List<String> CLASSES = List.of("a", "b");

  private static Features set(String encoder, long seed, int n, List<String> classes) {
    RandomStreams random = RandomStreams.of(seed);
    float[][] rows = new float[n][3];
    List<String> ids = new ArrayList<>();
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < 3; j++) {
        rows[i][j] = (float) random.uniform("x", i, j);
      }
      ids.add("i" + i);
      labels[i] = i % classes.size();
    }
    return Features.of(
        rows, ids, labels, classes, new EncoderIdentity(encoder, "net", "w", "none", 3));
  }

  private static Metric.Circumstances none() {
    return new Metric.Circumstances(
        0, 0, "ref", null, null, null, "ema", "ddim", 10, 0.3, 0L, "float32", null, List.of());
  }

  @Test
  void fd_ofTheSameRows_isZero_andNamesEncoderAndCount() {
    Features same = set("resnet18-cifar", 1, 40, CLASSES);
    Metric metric =
        new FeatureMetrics(same, same, 0, none(), cache()).measure(MetricKind.FD).get(0);
    assertThat(metric.value()).isCloseTo(0, within(1e-8));
    assertThat(metric.name()).isEqualTo("fd-resnet18-cifar@40");
    assertThat(metric.c().nReference()).isEqualTo(40);
    assertThat(metric.c().guidanceWeight()).isEqualTo(0.3);
  }

  @Test
  void classFd_matchesClassesByName_notByLabel() {
    Features samples = set("e", 1, 40, List.of("b", "a"));
    Features reference = set("e", 1, 40, List.of("a", "b"));
    List<Metric> metrics =
        new FeatureMetrics(samples, reference, 0, none(), cache()).measure(MetricKind.CLASS_FD);
    assertThat(metrics).extracting(Metric::className).containsExactly("a", "b");
    assertThat(metrics).allSatisfy(m -> assertThat(m.value()).isGreaterThan(1e-4));
  }

  @Test
  void floor_isTheDistanceOfTwoHalves_withoutASampler() {
    Features samples = set("e", 1, 40, CLASSES);
    Metric floor =
        new FeatureMetrics(samples, set("e", 2, 60, CLASSES), 0, none(), cache()).floor();
    assertThat(floor.c().n()).isEqualTo(30);
    assertThat(floor.c().variant()).isEqualTo("floor");
    assertThat(floor.c().sampler()).isNull();
  }

  @Test
  void everyComparison_givesNamedValues() {
    FeatureMetrics metrics =
        new FeatureMetrics(set("e", 1, 40, CLASSES), set("e", 2, 60, CLASSES), 0, none(), cache());
    assertThat(metrics.measure(MetricKind.KID))
        .extracting(Metric::name)
        .containsExactly("kid-e@40");
    assertThat(metrics.measure(MetricKind.PRECISION_RECALL)).hasSize(4);
    assertThat(metrics.measure(MetricKind.FD_INFINITY).get(0).c().notes().get(0)).contains("slope");
    assertThat(metrics.measure(MetricKind.CMMD).get(0).value()).isFinite();
  }

  @Test
  void samples_ofAnotherEncoder_areRefused() {
    assertThatThrownBy(
            () ->
                new FeatureMetrics(
                    set("e", 1, 9, CLASSES), set("f", 1, 9, CLASSES), 0, none(), cache()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("features of e (net");
  }

  @Test
  void classWithOneSample_isRefusedByName() {
    Features few = set("e", 1, 3, CLASSES);
    assertThatThrownBy(
            () ->
                new FeatureMetrics(few, set("e", 2, 40, CLASSES), 0, none(), cache())
                    .measure(MetricKind.CLASS_FD))
        .hasMessageContaining("class b has 1 of the samples");
  }

  @Test
  void metricName_unknown_listsTheNames() {
    assertThatThrownBy(() -> MetricKind.parse("fidd")).hasMessageContaining("class-fid");
    assertThat(MetricKind.parse("FD-Infinity")).isEqualTo(MetricKind.FD_INFINITY);
  }
}
