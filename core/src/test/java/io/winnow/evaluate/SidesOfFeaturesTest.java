package io.winnow.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.FeatureFolder;
import io.winnow.artifact.Features;
import io.winnow.artifact.Metric;
import io.winnow.data.Image;
import io.winnow.data.ImageDraw;
import io.winnow.data.Png;
import io.winnow.eval.PlainMetrics;
import io.winnow.evaluate.Side.FeatureSide;
import io.winnow.files.AtomicFile;
import io.winnow.files.ContentHash;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Features in place of images: those that say which encoder made them, and those that do not. What
 * one encoder made is never mixed with what another made, and nobody opens an encoder in vain.
 */
class SidesOfFeaturesTest {
  private static final EncoderIdentity E = new CornerEncoder("e").identity();

  @TempDir Path folder;

  private final List<String> asked = new ArrayList<>();

  private Evaluation.Outcome compare(String chosen, Side a, Side b, MetricKind... kinds) {
    try (a;
        b) {
      return Evaluation.run(
          CornerEncoder.settings(folder, chosen, asked),
          EvaluationRequest.of(a, b, List.of(kinds)));
    }
  }

  private static float[][] rows(long seed, int count, int dimension) {
    float[][] rows = new float[count][dimension];
    for (int i = 0; i < count; i++) {
      for (int k = 0; k < dimension; k++) {
        rows[i][k] = (float) RandomStreams.of(seed).uniform("row", i, k);
      }
    }
    return rows;
  }

  private static double[][] doubles(float[][] rows) {
    return Stream.of(rows)
        .map(row -> IntStream.range(0, row.length).mapToDouble(k -> row[k]).toArray())
        .toArray(double[][]::new);
  }

  private Side bare(String name, float[][] rows) {
    float[] flat = new float[rows.length * rows[0].length];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = rows[i / rows[0].length][i % rows[0].length];
    }
    try (Scope scope = Scope.open()) {
      Npy.write(folder.resolve(name), Tensors.of(flat, rows.length, rows[0].length));
    }
    return Sides.open(folder.resolve(name), new ImageDraw("", 0, 0, 0), List.of(), Progress.SILENT);
  }

  private Side stated(String name, EncoderIdentity encoder, float[][] rows) {
    List<String> ids = IntStream.range(0, rows.length).mapToObj(i -> "i" + i).toList();
    AtomicFile.writeString(folder.resolve(name), Arrays.deepToString(rows));
    return new FeatureSide(
        folder.resolve(name),
        Features.of(rows, ids, new int[rows.length], List.of("all"), encoder));
  }

  private Side images(String name, int count) {
    for (int i = 0; i < count; i++) {
      byte[] rgb = new byte[3 * 4];
      for (int p = 0; p < rgb.length; p++) {
        rgb[p] = (byte) (255 * RandomStreams.of(3).uniform("p", i, p));
      }
      Png.write(new Image(2, 2, rgb), folder.resolve(name).resolve("%02d.png".formatted(i)));
    }
    return Sides.open(folder.resolve(name), new ImageDraw("", 0, 0, 0), List.of(), Progress.SILENT);
  }

  @Test
  void bareMatrices_areComparedAsOfAnUnknownEncoder_andItIsSaid() {
    float[][] own = rows(1, 40, 2);
    float[][] theirs = rows(2, 30, 2);
    Evaluation.Outcome outcome =
        compare(null, bare("a.npy", own), bare("b.npy", theirs), MetricKind.FD);
    Metric fd = outcome.metrics().get(0);
    assertThat(fd.name()).isEqualTo("fd-unknown@40");
    assertThat(fd.value())
        .isCloseTo(PlainMetrics.frechet(doubles(own), doubles(theirs)), within(1e-9));
    String unsure =
        ": does not say which encoder made its features; the distance means something only if the"
            + " other side's were made by the same one.";
    assertThat(outcome.warnings())
        .containsExactly(folder.resolve("a.npy") + unsure, folder.resolve("b.npy") + unsure);
    assertThat(outcome.encoders()).containsExactly(EncoderIdentity.unstated("unknown", 2));
    assertThat(outcome.reference())
        .isEqualTo(
            new Side.Facts(
                folder.resolve("b.npy").toString(),
                "features",
                30,
                null,
                List.of(),
                ContentHash.of(folder.resolve("b.npy")),
                List.of()));
    assertThat(asked).isEmpty();
  }

  @Test
  void featuresOfOneEncoder_areCompared_withoutAWordAndWithoutTheEncoder() {
    float[][] own = rows(1, 40, 2);
    float[][] theirs = rows(2, 30, 2);
    Evaluation.Outcome outcome =
        compare(null, stated("a", E, own), stated("b", E, theirs), MetricKind.FD);
    assertThat(outcome.metrics().get(0).name()).isEqualTo("fd-e@40");
    assertThat(outcome.metrics().get(0).value())
        .isCloseTo(PlainMetrics.frechet(doubles(own), doubles(theirs)), within(1e-9));
    assertThat(outcome.warnings()).isEmpty();
    assertThat(outcome.encoders()).containsExactly(E);
    assertThat(outcome.samples().classes()).containsExactly("all");
    assertThat(asked).isEmpty();
  }

  @Test
  void featuresOfAnotherEncoder_areRefused_byWhatWantsThem() {
    EncoderIdentity f = new CornerEncoder("f").identity();
    assertThatThrownBy(
            () ->
                compare(
                    "e",
                    stated("a", E, rows(1, 9, 2)),
                    stated("b", f, rows(2, 9, 2)),
                    MetricKind.KID))
        .hasMessage(
            folder.resolve("b")
                + ": features of "
                + f.describe()
                + ", but kid looks through e. Encode both sides by one encoder, or ask for metrics"
                + " of that encoder.");
  }

  @Test
  void bareMatrix_besideASideWhoseEncoderIsKnown_hasToBeNamed() {
    float[][] rows = rows(1, 9, 2);
    String start =
        folder.resolve("a.npy")
            + ": does not say which encoder made its features; expected those of one encoder on"
            + " both sides, and ";
    String end = ". Say --encoder NAME for the encoder that made them.";
    assertThatThrownBy(
            () -> compare(null, bare("a.npy", rows), stated("b", E, rows), MetricKind.FD))
        .hasMessage(start + folder.resolve("b") + " has those of " + E.describe() + end);
    assertThatThrownBy(() -> compare(null, bare("a.npy", rows), images("c", 9), MetricKind.FD))
        .hasMessage(start + folder.resolve("c") + " has to be encoded" + end);
    assertThat(asked).isEmpty();
  }

  @Test
  void bareMatrix_named_isOfTheEncoderAsTheOtherSideKnowsIt() {
    float[][] own = rows(1, 40, 2);
    Side theirs = stated("b", E, rows(2, 30, 2));
    Evaluation.Outcome outcome = compare("e", bare("a.npy", own), theirs, MetricKind.FD);
    String taken =
        folder.resolve("a.npy")
            + ": does not say which encoder made its features; they are taken for those of ";
    assertThat(outcome.warnings()).containsExactly(taken + E.describe() + ", as --encoder says.");
    assertThat(outcome.encoders()).containsExactly(E);

    Side unnamed = bare("c.npy", rows(2, 30, 2));
    Evaluation.Outcome both = compare("e", bare("a.npy", own), unnamed, MetricKind.FD);
    EncoderIdentity unstated = EncoderIdentity.unstated("e", 2);
    assertThat(both.encoders()).containsExactly(unstated);
    assertThat(both.warnings().iterator().next())
        .isEqualTo(taken + unstated.describe() + ", as --encoder says.");
    assertThat(asked).as("nothing is to be encoded").isEmpty();
  }

  @Test
  void bareMatrix_named_besideImages_isOfTheEncoderThatSeesThem() {
    float[][] own = rows(1, 9, 2);
    Evaluation.Outcome outcome = compare("e", bare("a.npy", own), images("b", 12), MetricKind.FD);
    assertThat(outcome.encoders()).containsExactly(E);
    assertThat(outcome.metrics().get(0).nReference()).isEqualTo(12);
    assertThat(asked).containsExactly("e");
  }

  /** The other side's features are of another encoder than the one named. */
  @Test
  void bareMatrix_isNotTakenForWhatAnotherEncoderMade() {
    EncoderIdentity wide = new EncoderIdentity("f", "net", "w", "resize", 3);
    assertThatThrownBy(
            () ->
                compare(
                    "e",
                    bare("a.npy", rows(1, 9, 2)),
                    stated("b", wide, rows(2, 9, 3)),
                    MetricKind.FD))
        .hasMessageStartingWith(
            folder.resolve("b") + ": features of " + wide.describe() + ", but fd looks through e.");
  }

  @Test
  void bareMatrix_ofAnotherWidth_isRefused() {
    String expected = "b.npy: 3 features per image; expected 2, those of ";
    assertThatThrownBy(
            () ->
                compare(
                    null,
                    bare("a.npy", rows(1, 9, 2)),
                    bare("b.npy", rows(2, 9, 3)),
                    MetricKind.FD))
        .hasMessageContaining(expected + EncoderIdentity.unstated("unknown", 2).describe());
    assertThatThrownBy(
            () ->
                compare(
                    "fid-inception",
                    bare("a.npy", rows(1, 9, 2)),
                    bare("b.npy", rows(2, 9, 2)),
                    MetricKind.FD))
        .hasMessageContaining(
            "a.npy: 2 features per image; expected 2048, those of fid-inception.");
  }

  @Test
  void bareMatrix_asWideAsTheFidInception_isTakenForItsFeatures() {
    float[][] rows = rows(1, 5, 2048);
    Evaluation.Outcome outcome =
        compare(
            "fid-inception",
            bare("a.npy", rows),
            bare("b.npy", rows(2, 6, 2048)),
            MetricKind.PRECISION_RECALL);
    assertThat(outcome.metrics().get(0).name()).isEqualTo("precision@5");
  }

  @Test
  void bareMatrix_forAMetricOfAnotherEncoder_isRefused() {
    String end =
        ", but cmmd looks through clip-vit-l14-336. If that made them, say --encoder"
            + " clip-vit-l14-336.";
    for (String chosen : new String[] {null, "e"}) {
      String whose = chosen == null ? "an unknown" : "the e";
      assertThatThrownBy(
              () ->
                  compare(
                      chosen,
                      bare("a.npy", rows(1, 9, 2)),
                      bare("b.npy", rows(2, 9, 2)),
                      MetricKind.CMMD))
          .hasMessage(folder.resolve("a.npy") + ": features of " + whose + " encoder" + end);
    }
  }

  /** Rows are looked at 4096 at a time. */
  @Test
  void valueThatIsNoNumber_isNamedByImageAndRow_inEveryBlock() {
    for (int bad : new int[] {0, 4095, 4098}) {
      float[][] rows = rows(1, 4100, 1);
      rows[bad][0] = Float.POSITIVE_INFINITY;
      EncoderIdentity narrow = new EncoderIdentity("e", "net", "w", "resize", 1);
      assertThatThrownBy(
              () ->
                  compare(
                      null,
                      stated("a", narrow, rows(2, 4100, 1)),
                      stated("b", narrow, rows),
                      MetricKind.FD))
          .hasMessage(
              folder.resolve("b")
                  + ": the feature of i"
                  + bad
                  + " (row "
                  + bad
                  + ") has a value that is NaN or infinite; expected finite numbers. Is the weights"
                  + " file damaged, or the image? Encode again.");
    }
    float[][] rows = rows(1, 9, 2);
    rows[3][1] = Float.NaN;
    assertThatThrownBy(
            () -> compare(null, bare("a.npy", rows), bare("b.npy", rows(2, 9, 2)), MetricKind.FD))
        .hasMessageContaining("a.npy: the feature of 000003 (row 3) has a value that is NaN");
  }

  @Test
  void folderOfFeatures_isReadAsItIs_andOnlyWhole() {
    try (Side images = images("b", 12)) {
      CornerEncoder encoder = new CornerEncoder("e");
      Path features = folder.resolve("features");
      FeatureCache.run(
              images.images().orElseThrow().dataset(),
              images.hash(),
              encoder,
              features,
              5,
              "encode",
              Progress.SILENT,
              () -> false)
          .close();
      assertThat(Sides.isWhole(features)).isTrue();
      assertThat(FeatureFolder.isFinished(features)).isTrue();
      Evaluation.Outcome outcome =
          compare(
              null,
              Sides.open(features, new ImageDraw("", 0, 0, 0), List.of(), Progress.SILENT),
              images,
              MetricKind.FD);
      assertThat(outcome.metrics().get(0).value()).isCloseTo(0, within(1e-9));
      assertThat(outcome.samples().n()).isEqualTo(12);
      assertThat(outcome.samples().kind()).isEqualTo("features");
      assertThat(outcome.encoders()).containsExactly(encoder.identity());
      assertPartsRefused(features, "a folder of features");
    }
    try (Side matrix = bare("a.npy", rows(1, 9, 2))) {
      assertThat(matrix.images()).isEmpty();
      assertThat(Sides.isWhole(folder.resolve("a.npy"))).isTrue();
      assertThat(Sides.isWhole(folder.resolve("b"))).as("images").isFalse();
      assertThat(Sides.isWhole(folder.resolve("none.npz"))).as("nothing").isFalse();
      assertPartsRefused(folder.resolve("a.npy"), "a file of features");
    }
  }

  private static void assertPartsRefused(Path path, String what) {
    List<ImageDraw> parts =
        List.of(
            new ImageDraw("test", 0, 0, 0), new ImageDraw("", 1, 0, 0), new ImageDraw("", 0, 1, 0));
    for (ImageDraw part : parts) {
      assertThatThrownBy(() -> Sides.open(path, part, List.of(), Progress.SILENT))
          .hasMessageContaining(path + ": is " + what + ", which is only taken whole");
    }
  }

  @Test
  void nothingAtAPath_isRefused() {
    Path nowhere = folder.resolve("nowhere");
    assertThatThrownBy(
            () -> Sides.open(nowhere, new ImageDraw("", 0, 0, 0), List.of(), Progress.SILENT))
        .hasMessageContaining(nowhere + ": does not exist; expected a folder, ZIP or TAR");
  }

  @Test
  void oneRow_hasNoCovariance_andTwoAreWarnedOf() {
    EncoderIdentity e = E;
    String few = ": 1 image; expected at least 2 for a covariance, better more than 2.";
    assertThatThrownBy(
            () ->
                compare(
                    null,
                    stated("a", e, rows(1, 1, 2)),
                    stated("b", e, rows(2, 9, 2)),
                    MetricKind.FD))
        .hasMessageContaining(folder.resolve("a") + few);
    assertThatThrownBy(
            () ->
                compare(
                    null,
                    stated("a", e, rows(1, 9, 2)),
                    stated("b", e, rows(2, 1, 2)),
                    MetricKind.FD))
        .hasMessageContaining(folder.resolve("b") + few);
    String biased = "2 images for 2 features: the covariance is singular";
    Evaluation.Outcome two =
        compare(null, stated("a", e, rows(1, 2, 2)), stated("b", e, rows(2, 9, 2)), MetricKind.FD);
    assertThat(two.warnings()).singleElement().asString().startsWith("fd-e@2: " + biased);
    assertThat(two.metrics().get(0).c().notes()).anyMatch(note -> note.startsWith(biased));
    Evaluation.Outcome kernel =
        compare(null, stated("a", e, rows(1, 2, 2)), stated("b", e, rows(2, 9, 2)), MetricKind.KID);
    assertThat(kernel.warnings()).as("kernel distances have no such bias").isEmpty();
  }
}
