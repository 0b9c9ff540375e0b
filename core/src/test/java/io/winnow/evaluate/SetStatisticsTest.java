package io.winnow.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.artifact.Metric;
import io.winnow.data.Image;
import io.winnow.data.ImageDraw;
import io.winnow.data.Png;
import io.winnow.encode.Encoder;
import io.winnow.evaluate.Side.FeatureSide;
import io.winnow.files.AtomicFile;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npz;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SetStatisticsTest {
  private static final String POOLED = "fid-inception-tensorflow";
  private static final String SPATIAL = "sfid-inception-tensorflow";

  @TempDir Path folder;

  /** The first values of an image, more of them for the pooled name than for the spatial one. */
  private record Corner(String name) implements Encoder {
    @Override
    public EncoderIdentity identity() {
      return new EncoderIdentity(name, "corner", "none", "none", name.equals(POOLED) ? 5 : 3);
    }

    @Override
    public Tensor prepare(Image image) {
      float[] values = new float[3 * 4];
      for (int i = 0; i < values.length; i++) {
        values[i] = image.rgb()[i] & 0xff;
      }
      return Tensors.of(values, 3, 2, 2);
    }

    @Override
    public Tensor encodePrepared(Tensor batch, long[] indices) {
      return batch.flatten(1, -1).narrow(1, 0, dimension()).contiguous();
    }

    @Override
    public void close() {}
  }

  private EvaluationSettings settings(String chosen) {
    return new EvaluationSettings(
        name -> () -> new Corner(name),
        chosen,
        null,
        4,
        folder.resolve("work"),
        folder.resolve("pictures"),
        0,
        "float32",
        Progress.SILENT,
        () -> false);
  }

  private Side images(String name, long seed) {
    for (int i = 0; i < 9; i++) {
      byte[] rgb = new byte[3 * 4];
      for (int p = 0; p < rgb.length; p++) {
        rgb[p] = (byte) (255 * RandomStreams.of(seed).uniform("p", i, p));
      }
      Png.write(new Image(2, 2, rgb), folder.resolve(name).resolve(i + ".png"));
    }
    return open(folder.resolve(name));
  }

  private static Side open(Path path) {
    return Sides.open(path, new ImageDraw("", 0, 0, 0), List.of(), Progress.SILENT);
  }

  private Path saved(Side set, String encoder, String name) {
    Path file = folder.resolve(name);
    new SetStatistics(settings(encoder), set).save(file);
    return file;
  }

  @Test
  void save_throughTheTensorflowForm_hasTheFourArraysOfAdm() {
    try (Side set = images("a", 1);
        Npz arrays = Npz.open(saved(set, POOLED, "a.npz"));
        Scope scope = Scope.open()) {
      assertThat(arrays.tensor("mu").shape()).containsExactly(5);
      assertThat(arrays.tensor("sigma").shape()).containsExactly(5, 5);
      assertThat(arrays.tensor("mu_s").shape()).containsExactly(3);
      assertThat(arrays.tensor("sigma_s").shape()).containsExactly(3, 3);
    }
  }

  @Test
  void save_throughAnotherEncoder_hasNoSpatialArrays() {
    try (Side set = images("a", 1);
        Npz arrays = Npz.open(saved(set, "fid-inception", "a.npz"))) {
      assertThat(arrays.names()).contains("mu", "sigma").doesNotContain("mu_s", "sigma_s");
    }
  }

  /** What is encoded already needs no network, and its spatial values are not there. */
  @Test
  void save_ofFeatures_isTheirMeanAndCovariance_andAsksForNoEncoder() {
    EncoderIdentity identity = new Corner(POOLED).identity();
    float[][] rows = {{1, 2, 3, 4, 5}, {2, 0, 0, 1, 1}, {3, 1, 0, 0, 3}};
    Path home = folder.resolve("features");
    AtomicFile.writeString(home, "rows");
    Path file = folder.resolve("a.npz");
    EvaluationSettings settings =
        new EvaluationSettings(
            name -> {
              throw new AssertionError(name + " is looked for");
            },
            null,
            null,
            4,
            folder.resolve("work"),
            folder.resolve("pictures"),
            0,
            "float32",
            Progress.SILENT,
            () -> false);
    try (Side set =
        new FeatureSide(
            home,
            Features.of(rows, List.of("a", "b", "c"), new int[3], List.of("all"), identity))) {
      new SetStatistics(settings, set).save(file);
    }
    try (Npz arrays = Npz.open(file);
        Scope scope = Scope.open()) {
      assertThat(arrays.names()).containsExactlyInAnyOrder("mu", "sigma", "n", "encoder");
      assertThat(Tensors.doubles(arrays.tensor("mu")))
          .containsExactly(new double[] {2, 1, 1, 5 / 3.0, 3}, within(1e-6));
    }
    try (Side written = open(file)) {
      assertThat(written.encoder()).contains(identity);
    }
  }

  @Test
  void spatialStatistics_standForTheImages_onEitherSideAndOnBoth() {
    try (Side a = images("a", 1);
        Side b = images("b", 2);
        Side aFile = open(saved(a, POOLED, "a.npz"));
        Side bFile = open(saved(b, POOLED, "b.npz"))) {
      double ofImages = sfid(a, b);
      assertThat(ofImages).isPositive();
      assertThat(sfid(a, bFile)).isCloseTo(ofImages, within(1e-9 * ofImages));
      assertThat(sfid(aFile, b)).isCloseTo(ofImages, within(1e-9 * ofImages));
      assertThat(sfid(aFile, bFile)).isCloseTo(ofImages, within(1e-9 * ofImages));
    }
  }

  private double sfid(Side samples, Side reference) {
    Evaluation.Outcome outcome =
        Evaluation.run(
            settings(POOLED), EvaluationRequest.of(samples, reference, List.of(MetricKind.SFID)));
    assertThat(outcome.encoders()).extracting(EncoderIdentity::name).containsExactly(SPATIAL);
    assertThat(outcome.warnings()).noneMatch(line -> line.contains("does not say"));
    return outcome.metrics().stream().mapToDouble(Metric::value).findFirst().orElseThrow();
  }
}
