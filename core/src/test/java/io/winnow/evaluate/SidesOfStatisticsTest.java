package io.winnow.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Metric;
import io.winnow.data.Image;
import io.winnow.data.ImageDraw;
import io.winnow.data.Png;
import io.winnow.eval.FrechetStatistics;
import io.winnow.eval.PlainMetrics;
import io.winnow.files.Sha256;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npz;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of statistics on either side, with and without a word about what made them. */
class SidesOfStatisticsTest {
  private static final EncoderIdentity E = new CornerEncoder("e").identity();
  private static final String ALONE = ": holds statistics alone, but ";

  @TempDir Path folder;

  private final List<String> asked = new ArrayList<>();

  private Evaluation.Outcome compare(String chosen, Path a, Path b, MetricKind... kinds) {
    try (Side own = open(a);
        Side theirs = open(b)) {
      return Evaluation.run(
          CornerEncoder.settings(folder, chosen, asked),
          EvaluationRequest.of(own, theirs, List.of(kinds)));
    }
  }

  private static Side open(Path path) {
    return Sides.open(path, new ImageDraw("", 0, 0, 0), List.of(), Progress.SILENT);
  }

  /** The first two colours of image i of a set, as {@link CornerEncoder} sees them. */
  private static double[][] rows(long seed, int count) {
    double[][] rows = new double[count][];
    for (int i = 0; i < count; i++) {
      byte[] rgb = rgb(seed, i);
      rows[i] = new double[] {(rgb[0] & 0xff) / 100f, (rgb[1] & 0xff) / 100f};
    }
    return rows;
  }

  private static byte[] rgb(long seed, int image) {
    byte[] rgb = new byte[3 * 4];
    for (int p = 0; p < rgb.length; p++) {
      rgb[p] = (byte) (255 * RandomStreams.of(seed).uniform("p", image, p));
    }
    return rgb;
  }

  private Path images(long seed, int count) {
    Path set = folder.resolve("images" + seed);
    for (int i = 0; i < count; i++) {
      Png.write(new Image(2, 2, rgb(seed, i)), set.resolve("%02d.png".formatted(i)));
    }
    return set;
  }

  private static FrechetStatistics statistics(double[][] rows, long count) {
    double[] covariance =
        Arrays.stream(PlainMetrics.covariance(rows)).flatMapToDouble(Arrays::stream).toArray();
    return new FrechetStatistics(
        Tensors.of(PlainMetrics.mean(rows), rows[0].length),
        Tensors.of(covariance, rows[0].length, rows[0].length),
        count);
  }

  private Path file(String name, EncoderIdentity encoder, double[][] rows, long count) {
    try (Scope scope = Scope.open()) {
      StatisticsFile.write(
          folder.resolve(name),
          new StatisticsFile.Part(statistics(rows, count), encoder),
          Optional.empty());
    }
    return folder.resolve(name);
  }

  private Path unstated(String name, double[][] rows) {
    return file(name, EncoderIdentity.unstated("unknown", rows[0].length), rows, rows.length);
  }

  @Test
  void statistics_standForTheSet_onEitherSide_throughTheEncoderThatMadeThem() {
    double plain = PlainMetrics.frechet(rows(1, 12), rows(2, 30));
    Path own = file("own.npz", E, rows(1, 12), 12);
    Path theirs = file("theirs.npz", E, rows(2, 30), 30);
    for (Path[] pair :
        new Path[][] {{images(1, 12), theirs}, {own, images(2, 30)}, {own, theirs}}) {
      Evaluation.Outcome outcome = compare(null, pair[0], pair[1], MetricKind.FD);
      Metric fd = outcome.metrics().get(0);
      assertThat(fd.name()).isEqualTo("fd-e@12");
      assertThat(fd.nReference()).isEqualTo(30);
      assertThat(fd.value()).isCloseTo(plain, within(1e-6));
      assertThat(outcome.encoders()).containsExactly(E);
      assertThat(outcome.warnings()).isEmpty();
    }
    assertThat(asked).as("two files need no encoder").containsExactly("e", "e");
  }

  @Test
  void facts_ofAFile_areItsNameItsCountAndItsContent() {
    Path file = file("own.npz", E, rows(1, 12), 12);
    try (Side side = open(file)) {
      assertThat(side.facts())
          .isEqualTo(
              new Side.Facts(
                  file.toString(), "statistics", 12, null, List.of(), Sha256.of(file), List.of()));
      assertThat(side.encoder()).contains(E);
      assertThat(side.images()).isEmpty();
      assertThat(Sides.isWhole(file)).isTrue();
    }
    assertThatThrownBy(
            () -> Sides.open(file, new ImageDraw("", 2, 0, 0), List.of(), Progress.SILENT))
        .hasMessageContaining(file + ": is a file of statistics, which is only taken whole");
  }

  @Test
  void count_thatIsNotKnown_isNotWritten() {
    Path known = file("known.npz", E, rows(1, 12), 12);
    Path unknown = file("unknown.npz", E, rows(1, 12), 0);
    try (Npz with = Npz.open(known);
        Npz without = Npz.open(unknown);
        Scope scope = Scope.open()) {
      assertThat(Tensors.longs(with.tensor("n"))).containsExactly(12);
      assertThat(without.names()).containsExactlyInAnyOrder("mu", "sigma", "encoder");
    }
  }

  @Test
  void statistics_ofAnotherEncoder_areRefused() {
    EncoderIdentity resized =
        new EncoderIdentity("e", "corner", "weights of e", "another resize", 2);
    Path other = file("other.npz", resized, rows(2, 30), 30);
    assertThatThrownBy(() -> compare("e", images(1, 12), other, MetricKind.FD))
        .hasMessage(
            other
                + ": made by "
                + resized.describe()
                + "; expected "
                + E.describe()
                + ", as the other side. Encode both by one encoder.");
    Path own = file("own.npz", E, rows(1, 12), 12);
    assertThatThrownBy(() -> compare("e", own, other, MetricKind.FD))
        .hasMessageContaining("other.npz: made by " + resized.describe());
  }

  @Test
  void statistics_ofAnotherWidth_areRefused() {
    double[][] wide = {{0, 1, 2}, {3, 5, 1}, {2, 2, 9}};
    Path other = unstated("wide.npz", wide);
    assertThatThrownBy(() -> compare("e", images(1, 12), other, MetricKind.FD))
        .hasMessage(
            other
                + ": statistics of 3 features; expected 2, those of "
                + E.describe()
                + ". Name the encoder that made the statistics.");
  }

  @Test
  void statistics_thatDoNotSayWhatMadeThem_areWarnedOf() {
    String start =
        ": does not say which encoder and which resize made its statistics; the distance means"
            + " something only if ";
    Path theirs = unstated("theirs.npz", rows(2, 30));
    Evaluation.Outcome known = compare("e", images(1, 12), theirs, MetricKind.FD);
    assertThat(known.warnings()).containsExactly(theirs + start + "it was " + E.describe() + ".");

    Path own = unstated("own.npz", rows(1, 12));
    String same = start + "the other side's were made by the same.";
    Evaluation.Outcome both = compare(null, own, theirs, MetricKind.FD);
    assertThat(both.warnings()).containsExactly(own + same, theirs + same);
    assertThat(both.metrics().get(0).name()).isEqualTo("fd-unknown@12");
    assertThat(both.encoders()).containsExactly(EncoderIdentity.unstated("unknown", 2));
    assertThat(compare("f", own, theirs, MetricKind.FD).metrics().get(0).name())
        .as("named")
        .isEqualTo("fd-f@12");
  }

  /** What one file says of its encoder holds for the other, which says nothing. */
  @Test
  void statisticsOfTwoFiles_areOfTheEncoderThatOneOfThemStates() {
    Path own = unstated("own.npz", rows(1, 12));
    Path theirs = file("theirs.npz", E, rows(2, 30), 30);
    Evaluation.Outcome outcome = compare("e", own, theirs, MetricKind.FD);
    assertThat(outcome.encoders()).containsExactly(E);
    assertThat(outcome.warnings())
        .singleElement()
        .asString()
        .endsWith("it was " + E.describe() + ".");
  }

  @Test
  void fid_ofStatisticsOfAnotherWidth_isRefused() {
    Path own = unstated("own.npz", rows(1, 12));
    Path theirs = unstated("theirs.npz", rows(2, 30));
    assertThatThrownBy(() -> compare(null, own, theirs, MetricKind.FID))
        .hasMessage(
            own
                + ": 2 features per image; expected 2048, those of fid-inception. Name the encoder"
                + " that made them.");
    assertThatThrownBy(() -> compare("fid-inception", own, theirs, MetricKind.FD))
        .hasMessageContaining("own.npz: 2 features per image; expected 2048");
  }

  @Test
  void sfid_ofStatisticsWithoutSpatialOnes_isRefused() {
    Path own = unstated("own.npz", rows(1, 12));
    assertThatThrownBy(() -> compare(null, own, own, MetricKind.SFID))
        .hasMessage(
            own
                + ": has no mu_s and sigma_s; expected spatial statistics, for sfid. Ask for fid, or"
                + " give images.");
  }

  @Test
  void fewImagesBehindStatistics_areNotedBesideTheDistance() {
    Path own = file("own.npz", E, rows(1, 2), 2);
    Path theirs = file("theirs.npz", E, rows(2, 30), 30);
    assertThat(compare("e", own, theirs, MetricKind.FD).metrics().get(0).c().notes())
        .singleElement()
        .asString()
        .startsWith("2 images for 2 features: the covariance is singular");
  }

  @Test
  void metricsOfEveryImage_cannotBeHadOfStatistics() {
    Path theirs = file("theirs.npz", E, rows(2, 30), 30);
    Path own = images(1, 12);
    for (MetricKind kind :
        List.of(MetricKind.KID, MetricKind.PRECISION_RECALL, MetricKind.CLASS_FD)) {
      assertThatThrownBy(() -> compare("e", own, theirs, kind))
          .hasMessage(
              theirs
                  + ALONE
                  + kind.slug()
                  + " needs every image. Give images or features as the reference, or ask for fd.");
    }
    assertThatThrownBy(() -> compare("e", theirs, own, MetricKind.CLASS_FD))
        .hasMessageContaining(theirs + ALONE + "class-fd needs every image")
        .hasMessageContaining("as the samples");
    assertThatThrownBy(() -> compare("e", theirs, own, MetricKind.CLASS_AGREEMENT))
        .hasMessage(theirs + ": class-agreement needs images. Give the samples.");
  }

  /** Images of a reference batch, of two classes in turn, and statistics of another set. */
  private Path batch(String name, boolean labelled) {
    byte[] pixels = new byte[10 * 3 * 4];
    for (int i = 0; i < 10; i++) {
      System.arraycopy(rgb(2, i), 0, pixels, 12 * i, 12);
    }
    try (Scope scope = Scope.open()) {
      FrechetStatistics statistics = statistics(rows(5, 30), 30);
      Map<String, Tensor> arrays = new LinkedHashMap<>();
      arrays.put("arr_0", Tensor.create(pixels, 10L, 2L, 2L, 3L).to(ScalarType.Byte));
      if (labelled) {
        arrays.put("arr_1", Tensors.of(new long[] {0, 1, 0, 1, 0, 1, 0, 1, 0, 1}, 10));
      }
      arrays.put("mu", statistics.mean());
      arrays.put("sigma", statistics.covariance());
      arrays.put("n", Tensors.of(new long[] {30}, 1));
      Npz.write(folder.resolve(name), arrays);
    }
    return folder.resolve(name);
  }

  @Test
  void referenceBatch_givesStatisticsToDistances_andImagesToTheRest() {
    Path own = images(1, 12);
    Path batch = batch("batch.npz", true);
    Evaluation.Outcome outcome =
        compare("e", own, batch, MetricKind.FD, MetricKind.PRECISION_RECALL);
    assertThat(outcome.metrics().get(0).value())
        .isCloseTo(PlainMetrics.frechet(rows(1, 12), rows(5, 30)), within(1e-6));
    assertThat(outcome.metrics().get(0).nReference()).isEqualTo(30);
    double[] plain = PlainMetrics.precisionRecall(rows(2, 10), rows(1, 12), 3);
    assertThat(outcome.metrics().get(1).value()).isCloseTo(plain[0], within(1e-9));
    assertThat(outcome.metrics().get(2).value()).isCloseTo(plain[1], within(1e-9));
    assertThat(outcome.metrics().get(1).nReference()).isEqualTo(10);
    Side.Facts facts = outcome.reference();
    assertThat(facts.kind()).isEqualTo("statistics and images");
    assertThat(facts.source()).isEqualTo(batch.toString());
    assertThat(facts.n()).isEqualTo(30);
    assertThat(facts.pixels()).isEqualTo("2 x 2");
    assertThat(facts.classes()).containsExactly("0", "1");
    assertThat(facts.sha256()).isEqualTo(Sha256.of(batch));
  }

  /** Statistics of both files are enough: images that lie beside them are not encoded. */
  @Test
  void referenceBatches_needNoEncoder_forDistancesAlone() {
    Path batch = batch("batch.npz", true);
    Path own = file("own.npz", E, rows(1, 12), 12);
    assertThat(compare("e", own, batch, MetricKind.FD).metrics().get(0).value())
        .isCloseTo(PlainMetrics.frechet(rows(1, 12), rows(5, 30)), within(1e-6));
    assertThat(asked).isEmpty();
    assertThat(compare("e", batch, images(1, 12), MetricKind.FD, MetricKind.KID).encoders())
        .containsExactly(E);
    assertThat(asked).as("KID looks at the images").containsExactly("e");
  }

  @Test
  void referenceBatch_withoutLabels_hasNoClasses() {
    Path batch = batch("batch.npz", false);
    Path own = images(1, 12);
    assertThatThrownBy(() -> compare("e", own, batch, MetricKind.CLASS_FD))
        .hasMessageStartingWith("class-wise distances: the reference has no classes; expected");
    assertThatThrownBy(() -> compare("e", own, batch("b.npz", true), MetricKind.CLASS_FD))
        .hasMessageStartingWith("class-wise distances: the samples have no classes; expected");
  }

  @Test
  void referenceBatch_namesItsClasses_asItIsTold() {
    Path batch = batch("batch.npz", true);
    try (Side side =
        Sides.open(batch, new ImageDraw("", 0, 0, 0), List.of("cat", "dog"), Progress.SILENT)) {
      assertThat(side.classes()).containsExactly("cat", "dog");
      assertThat(side.images().orElseThrow().name()).isEqualTo(batch.toString());
    }
  }
}
