package io.winnow.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.ClassWeights.Trajectory.Row;
import io.winnow.artifact.Metric.Circumstances;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Metrics, and the small records of a run that stand beside them. */
class MetricTest {
  private static final EncoderIdentity TINY =
      new EncoderIdentity("tiny", "tiny/last", "0123456789abcdef", "crop", 3);
  private static final Circumstances C =
      new Circumstances(
          new Metric.Sets(5, 7, "set"),
          null,
          new Metric.Sampling("ema", "ddim", 4, 0.3),
          1L,
          "float32",
          null,
          List.of("a"));

  @TempDir Path folder;

  private static Metric metric(String variant) {
    return new Metric(Metric.Kind.FD, null, null, 1.5, C.withVariant(variant));
  }

  @Test
  void floor_isEitherOfTheTwoVariants() {
    assertThat(metric(null).floor()).isFalse();
    assertThat(metric("unweighted").floor()).isFalse();
    assertThat(metric(Metric.FLOOR).floor()).isTrue();
    assertThat(metric(Metric.FLOOR_AT_N).floor()).isTrue();
  }

  @Test
  void circumstances_seenByAnEncoder_takeItsNameAndCounts_andKeepTheRest() {
    Circumstances seen = C.seenBy(TINY, 2, 3, List.of("b"));
    assertThat(seen)
        .isEqualTo(
            new Circumstances(
                new Metric.Sets(2, 3, "set"),
                new Metric.Extractor("tiny", TINY.hash(), "crop"),
                new Metric.Sampling("ema", "ddim", 4, 0.3),
                1L,
                "float32",
                null,
                List.of("a", "b")));
    assertThat(C.seenBy(TINY, 2, 0, List.of()).sets().reference()).isNull();
    assertThat(C.withNote("b").notes()).containsExactly("a", "b");
    assertThat(C.withNote("b").withVariant("x").variant()).isEqualTo("x");
    assertThat(C.withVariant("x").sampling().weights()).isEqualTo("ema");
  }

  @Test
  void circumstances_ofTheReferenceAlone_haveNoSamples() {
    assertThat(C.ofReference(Metric.FLOOR))
        .isEqualTo(
            new Circumstances(
                new Metric.Sets(0, 0, "set"), null, null, 1L, "float32", Metric.FLOOR, List.of()));
  }

  @Test
  void headlines_areFrechetDistancesOfPooledFeatures() {
    for (Metric.Kind kind : Metric.Kind.values()) {
      assertThat(kind.headlineDistance())
          .as("%s", kind)
          .isEqualTo(List.of("fid", "fd", "fd-infinity").contains(kind.slug()));
    }
  }

  @Test
  void names_sayCountAndEncoder() {
    EncoderIdentity inception = EncoderIdentity.unstated("fid-inception", 3);
    EncoderIdentity spatial = EncoderIdentity.unstated("sfid-inception-tf", 3);
    assertThat(name(Metric.Kind.KID, inception, 50_000)).isEqualTo("kid");
    assertThat(name(Metric.Kind.KID, inception, 1000)).isEqualTo("kid@1k");
    assertThat(name(Metric.Kind.KID, inception, 1500)).isEqualTo("kid@1500");
    assertThat(name(Metric.Kind.KID, inception, 999)).isEqualTo("kid@999");
    assertThat(name(Metric.Kind.KID, inception, 0)).isEqualTo("kid@unknown");
    assertThat(name(Metric.Kind.KID, TINY, 999)).isEqualTo("kid-tiny@999");
    assertThat(name(Metric.Kind.frechet(TINY), TINY, 2000)).isEqualTo("fd-tiny@2k");
    assertThat(name(Metric.Kind.frechet(inception), inception, 50_000)).isEqualTo("fid");
    assertThat(name(Metric.Kind.frechet(spatial), spatial, 50_000)).isEqualTo("sfid");
  }

  private static String name(Metric.Kind kind, EncoderIdentity encoder, long n) {
    return new Metric(kind, null, null, 1, C.seenBy(encoder, n, 3, List.of())).name();
  }

  @Test
  void identity_describesItself_orSaysThatItIsNotStated() {
    assertThat(TINY.describe()).isEqualTo("tiny (tiny/last, weights 0123456789ab, crop, d = 3)");
    assertThat(new EncoderIdentity("t", "n", "0123456789ab", "crop", 3).describe())
        .contains("weights 0123456789ab,");
    EncoderIdentity unstated = EncoderIdentity.unstated("x", 3);
    assertThat(unstated.describe()).isEqualTo("x (which one is not stated, d = 3)");
    assertThat(unstated.stated()).isFalse();
    assertThat(TINY.stated()).isTrue();
  }

  @Test
  void records_writtenAndRead_areTheSame() {
    Path file = folder.resolve("record.json");
    Metric undrawn = new Metric(Metric.Kind.FD, null, null, 1, C.ofReference(Metric.FLOOR));
    Metrics metrics = new Metrics(List.of(metric(null), metric(Metric.FLOOR), undrawn));
    metrics.write(file);
    assertThat(Metrics.read(file)).isEqualTo(metrics);
    Gallery gallery =
        new Gallery(List.of(new Gallery.Thumbnail("a.png", "a", "cat", 0.5, true, "in")));
    gallery.write(file);
    assertThat(Gallery.read(file)).isEqualTo(gallery);
    Quarantine quarantine = new Quarantine(3, List.of(new Quarantine.Bad("a", "broken")));
    quarantine.write(file);
    assertThat(Quarantine.read(file)).isEqualTo(quarantine);
    SpeedUps speedUps =
        new SpeedUps(
            List.of(
                new SpeedUps.SpeedUp(SpeedUps.Kind.TRAINING_RUN, 9, 2, 90, 20, true, "measured")));
    speedUps.write(file);
    assertThat(SpeedUps.read(file)).isEqualTo(speedUps);
  }

  @Test
  void range_isOfTheClassesThatHaveAWeight() {
    RunRecord.Range range = RunRecord.Range.of(new double[] {2, Double.NaN, 0.5});
    assertThat(range.smallest()).isEqualTo(0.5);
    assertThat(range.largest()).isEqualTo(2);
    assertThat(range.sha256())
        .isNotEqualTo(RunRecord.Range.of(new double[] {2, 0.5, Double.NaN}).sha256());
    RunRecord.Training proxy =
        new RunRecord.Training(List.of(), "learnt", null, 0.1, 3, null)
            .comparedWith(new RunRecord.Reference("abc", "eval", "squared error"), range);
    assertThat(proxy.reference())
        .isEqualTo(new RunRecord.Reference("abc", "eval", "squared error"));
    assertThat(proxy.weights()).isEqualTo(range);
    assertThat(proxy.weighting()).isEqualTo("learnt");
    assertThat(proxy.labelDropout()).isEqualTo(0.1);
  }

  @Test
  void diagnostics_writtenAndRead_areTheSame_andAnotherSelectionIsAdded() {
    SelectionDiagnostics.Share cat = new SelectionDiagnostics.Share("cat", 4, 1);
    assertThat(cat.share()).isEqualTo(0.25);
    assertThat(new SelectionDiagnostics.Share("none", 0, 0).share()).isZero();
    SelectionDiagnostics found =
        new SelectionDiagnostics(
            4,
            1,
            List.of(cat),
            List.of(),
            new SelectionDiagnostics.Coverage(1, 2, 3, 3),
            0.5,
            0.25,
            0.75,
            3,
            null);
    SelectionDiagnostics.Overlap other = new SelectionDiagnostics.Overlap("b", 1, 0.5, 1, 0.25);
    SelectionDiagnostics both = found.with(other);
    Path file = folder.resolve("diagnostics.json");
    both.write(file);
    assertThat(SelectionDiagnostics.read(file)).isEqualTo(both);
    assertThat(both.overlap()).isEqualTo(other);
    assertThat(both.with(null)).isEqualTo(found);
  }

  private static ClassWeights weights(double weight, boolean said, boolean learnt) {
    Map<String, Object> settings = new LinkedHashMap<>();
    if (said) {
      settings.put("learnt", learnt);
    }
    return new ClassWeights(
        List.of("a", "b"),
        new double[] {weight, 1},
        new double[] {0.5, 0.5},
        new double[] {0.5, 0.5},
        settings,
        List.of());
  }

  @Test
  void classWeights_areComparedByTheirValues_andCarrySomethingUnlessTheySayNot() {
    assertThat(weights(2, true, true)).isEqualTo(weights(2, true, true));
    assertThat(weights(2, true, true)).hasSameHashCodeAs(weights(2, true, true));
    assertThat(weights(2, true, true)).isNotEqualTo(weights(3, true, true));
    assertThat(weights(2, true, true)).isNotEqualTo(weights(2, true, false));
    assertThat(weights(2, true, true).hashCode()).isNotEqualTo(weights(3, true, true).hashCode());
    assertThat(weights(2, true, true)).hasToString("ClassWeights[a, b][2.0, 1.0]");
    assertThat(weights(2, true, true).learnt()).isTrue();
    assertThat(weights(2, false, true).learnt()).isTrue();
    assertThat(weights(2, true, false).learnt()).isFalse();
  }

  private static ClassWeights named(String name, double alpha, double frequency, String warning) {
    return new ClassWeights(
        List.of(name),
        new double[] {1},
        new double[] {alpha},
        new double[] {frequency},
        Map.of(),
        List.of(warning));
  }

  @Test
  void classWeights_differInEveryPart_andHaveOneOfEachPerClass() {
    ClassWeights weights = named("a", 1, 1, "w");
    assertThat(weights).isEqualTo(named("a", 1, 1, "w")).isNotEqualTo("a");
    assertThat(List.of(named("b", 1, 1, "w"), named("a", 2, 1, "w"), named("a", 1, 2, "w")))
        .doesNotContain(weights);
    assertThat(weights).isNotEqualTo(named("a", 1, 1, "v"));
    assertThat(weights.inverseFrequency()).isFalse();
    double[] one = {1};
    double[] two = {1, 1};
    Map<String, Object> inverse = Map.of(ClassWeights.RULE, ClassWeights.INVERSE_FREQUENCY);
    assertThat(new ClassWeights(List.of("a"), one, one, one, inverse, List.of()).inverseFrequency())
        .isTrue();
    assertThatThrownBy(() -> new ClassWeights(List.of("a"), one, two, one, inverse, List.of()))
        .hasMessageContaining("1 weights, 2 alphas and 1 frequencies");
    assertThatThrownBy(() -> new ClassWeights(List.of("a"), one, one, two, inverse, List.of()))
        .hasMessageContaining("1 weights, 1 alphas and 2 frequencies");
  }

  private static Row row(long step, double eta, double signalToNoise, double weight) {
    return new Row(step, eta, signalToNoise, new double[] {weight});
  }

  @Test
  void trajectoryRows_areComparedByTheirValues() {
    Row row = row(3, 0.5, Double.NaN, 2);
    assertThat(row).isEqualTo(row(3, 0.5, Double.NaN, 2)).isNotEqualTo("row");
    assertThat(row).hasSameHashCodeAs(row(3, 0.5, Double.NaN, 2));
    assertThat(row.hashCode()).isNotZero();
    assertThat(row).hasToString("3 eta 0.5 MAD/SE NaN [2.0]");
    assertThat(
            List.of(
                row(4, 0.5, Double.NaN, 2),
                row(3, 0.6, Double.NaN, 2),
                row(3, 0.5, 1, 2),
                row(3, 0.5, Double.NaN, 3)))
        .doesNotContain(row);
  }
}
