package io.winnow.cli;

import static io.winnow.cli.Evaluations.json;
import static io.winnow.cli.Evaluations.metric;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.artifact.FeatureFolder;
import io.winnow.artifact.Features;
import io.winnow.eval.FrechetStatistics;
import io.winnow.files.AtomicFile;
import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npz;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateCommandTest {
  @TempDir Path folder;

  private Path set(String name, long seed) {
    return SmallSets.folder(folder.resolve(name), seed, 8, "cat", "dog");
  }

  private CliRun evaluate(Object samples, Object reference, String... more) {
    return Evaluations.evaluate(folder, samples, reference, more);
  }

  @Test
  void setAgainstItself_hasDistanceZero_andIsSaidToBeTheSame() throws Exception {
    Path set = set("a", 1);
    JsonNode outcome = json(evaluate(set, set, "--json"));
    assertThat(metric(outcome, "fd-resnet20-cifar@16").get("value").asDouble())
        .isCloseTo(0, within(1e-8));
    assertThat(outcome.get("warnings").toString()).contains("16 of 16 samples are files");
    assertThat(outcome.get("encoders").get(0).get("weightsSha256").asText()).hasSize(64);
    assertThat(outcome.get("reference").get("sha256").asText()).hasSize(64);
  }

  @Test
  void table_hasClassesFloorAndCircumstances() {
    CliRun run = evaluate(set("a", 1), set("b", 2));
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("fd-resnet20-cifar@16")
        .contains("floor: fd-resnet20-cifar@8")
        .doesNotContain("floor at n")
        .contains("as near to the samples' n of 16 as two parts of 16 come")
        .containsPattern("class +fd-resnet20-cifar +n +reference n\\n *cat +[0-9.]+ +8 +8")
        .containsPattern("class +floor of fd-resnet20-cifar +n +reference n\\n *cat +[0-9.]+ +4 +4")
        .contains("float32 on cpu")
        .contains("16 images for 64 features: the covariance is singular");
  }

  @Test
  void allMetricsOfFeatures_areNamedByEncoder() throws Exception {
    JsonNode outcome =
        json(
            evaluate(
                set("a", 1),
                set("b", 2),
                "--json",
                "--metrics",
                "fd,kid,precision-recall,fd-infinity"));
    for (String name : List.of("kid", "precision", "recall", "fd-infinity")) {
      JsonNode found = metric(outcome, name + "-resnet20-cifar@16");
      assertThat(found.get("value").asDouble()).isFinite();
      assertThat(found.get("c").get("encoderName").asText()).isEqualTo("resnet20-cifar");
      assertThat(found.get("c").get("nReference").asInt()).isEqualTo(16);
    }
  }

  @Test
  void halves_areDisjointAndBalanced() throws Exception {
    SmallSets.weights(folder.resolve("w.safetensors"), 20);
    CliRun run =
        CliRun.of(
            "evaluate",
            set("a", 1).toString(),
            "--halves",
            "--encoder",
            "resnet20-cifar",
            "--weights",
            folder.resolve("w.safetensors").toString(),
            "--json");
    JsonNode outcome = json(run);
    assertThat(metric(outcome, "fd-resnet20-cifar@8").get("c").get("nReference").asInt())
        .isEqualTo(8);
    assertThat(outcome.get("warnings").toString()).doesNotContain("byte by byte");
  }

  @Test
  void page_isOneFileWithTheClasses() throws Exception {
    Path page = folder.resolve("page.html");
    CliRun run = evaluate(set("a", 1), set("b", 2), "--html", page.toString());
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(Files.readString(page)).contains("fd-resnet20-cifar@16").contains("Class by class");
  }

  @Test
  void sampleBatch_takesTheNamesOfTheReference() throws Exception {
    Path npz = batch(folder.resolve("samples.npz"), 3, 32);
    JsonNode outcome = json(evaluate(npz, set("b", 2), "--json"));
    assertThat(outcome.get("samples").get("classes").toString()).isEqualTo("[\"cat\",\"dog\"]");
    assertThat(outcome.get("metrics").findValuesAsText("className")).contains("cat", "dog");
  }

  private static Path batch(Path file, int channels, int side) {
    int n = 12;
    byte[] pixels = new byte[n * side * side * channels];
    long[] labels = new long[n];
    for (int i = 0; i < n; i++) {
      labels[i] = i % 2;
      byte[] rgb = SmallSets.picture(9, i % 2, i, side).rgb();
      System.arraycopy(rgb, 0, pixels, i * side * side * channels, side * side * channels);
    }
    try (Scope scope = Scope.open()) {
      Tensor arr0 = Tensor.create(pixels, n, side, side, channels).to(ScalarType.Byte);
      Npz.write(file, Map.of("arr_0", arr0, "arr_1", Tensors.of(labels, n)));
    }
    return file;
  }

  @Test
  void sampleBatch_ofOneChannel_isRefused() {
    CliRun run = evaluate(batch(folder.resolve("grey.npz"), 1, 32), set("b", 2));
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains("grey.npz").contains("expected uint8 [N, H, W, 3]");
  }

  private Path statistics(int dimension) {
    Path file = folder.resolve("stats" + dimension + ".npz");
    float[] sigma = new float[dimension * dimension];
    for (int i = 0; i < dimension; i++) {
      sigma[i * dimension + i] = 1;
    }
    try (Scope scope = Scope.open()) {
      Npz.write(
          file,
          Map.of(
              "mu", Tensors.of(new float[dimension], dimension),
              "sigma", Tensors.of(sigma, dimension, dimension)));
    }
    return file;
  }

  @Test
  void statistics_areAReference_withAWarningThatTheirOriginIsUnknown() throws Exception {
    JsonNode outcome = json(evaluate(set("a", 1), statistics(64), "--json"));
    Path features = Evaluations.encode(folder, folder.resolve("a"), "features");
    try (Features rows = FeatureFolder.read(features);
        Scope scope = Scope.open()) {
      // Against mean 0 and covariance 1: |mu|^2 + Tr Sigma + d - 2 Tr Sigma^(1/2).
      FrechetStatistics own = FrechetStatistics.of(rows.block(0, 16));
      double root =
          Arrays.stream(Tensors.doubles(LinearAlgebra.eigenvalues(own.covariance().clone())))
              .map(w -> Math.sqrt(Math.max(w, 0)))
              .sum();
      double expected =
          own.mean().square().sum().item_double()
              + LinearAlgebra.trace(own.covariance())
              + 64
              - 2 * root;
      assertThat(metric(outcome, "fd-resnet20-cifar@16").get("value").asDouble())
          .isCloseTo(expected, within(1e-6));
    }
    assertThat(outcome.get("warnings").toString()).contains("does not say which encoder");
  }

  @Test
  void statistics_ofAnotherDimension_areRefused() {
    CliRun run = evaluate(set("a", 1), statistics(8));
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains("statistics of 8 features; expected 64");
  }

  @Test
  void statistics_forAMetricOfEveryImage_areRefused() {
    CliRun run = evaluate(set("a", 1), statistics(64), "--metrics", "kid");
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains("holds statistics alone, but kid needs every image");
    CliRun byClass = evaluate(set("a", 1), statistics(64), "--metrics", "class-fd");
    assertThat(byClass.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(byClass.err()).contains("holds statistics alone, but class-fd needs every image");
  }

  @Test
  void features_stoodInForImages_giveTheSameDistance() throws Exception {
    Path a = set("a", 1);
    Path b = set("b", 2);
    double ofImages =
        metric(json(evaluate(a, b, "--json")), "fd-resnet20-cifar@16").get("value").asDouble();
    Path features = folder.resolve("features");
    CliRun encoded =
        CliRun.of(
            "encode",
            a.toString(),
            "--encoder",
            "resnet20-cifar",
            "--weights",
            folder.resolve("resnet20.safetensors").toString(),
            "--out",
            features.toString());
    assertThat(encoded.code()).as(encoded.err()).isZero();
    double ofFeatures =
        metric(json(evaluate(features, b, "--json")), "fd-resnet20-cifar@16")
            .get("value")
            .asDouble();
    assertThat(ofFeatures).isEqualTo(ofImages);
  }

  @Test
  void features_ofOtherWeights_areNotMixed() {
    Path features = folder.resolve("features");
    Path other = SmallSets.weights(folder.resolve("resnet32.safetensors"), 32);
    CliRun.of(
        "encode",
        set("a", 1).toString(),
        "--encoder",
        "resnet32-cifar",
        "--weights",
        other.toString(),
        "--out",
        features.toString());
    CliRun run = evaluate(features, set("b", 2));
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains("features of resnet32-cifar").contains("resnet20-cifar");
  }

  @Test
  void corruptImage_isLeftOut_andCounted() {
    Path set = set("a", 1);
    AtomicFile.writeString(set.resolve("cat/07.png"), "no picture");
    CliRun run = evaluate(set, set("b", 2));
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("fd-resnet20-cifar@15")
        .contains("1 of 16 images cannot be decoded and are left out. cat/07.png");
  }

  @Test
  void classWithOneImage_isNamed() {
    Path set = set("a", 1);
    SmallSets.folder(set, 3, 1, "eel");
    Path reference = set("b", 2);
    SmallSets.folder(reference, 4, 1, "eel");
    CliRun run = evaluate(set, reference, "--metrics", "class-fd");
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains("class eel has 1 of the samples and 1 of the reference images");
  }

  @Test
  void flatFolder_hasNoClassWiseDistance() throws Exception {
    Path flat = set("a", 1).resolve("cat");
    JsonNode outcome = json(evaluate(flat, set("b", 2), "--json"));
    assertThat(metric(outcome, "fd-resnet20-cifar@8").get("value").isNumber()).isTrue();
    CliRun run = evaluate(flat, set("b", 2), "--metrics", "class-fd");
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains("the samples have no classes");
  }

  @Test
  void foldersOfSplits_areNotTakenForClasses() {
    Path set = folder.resolve("both");
    set("both/train", 1);
    set("both/test", 2);
    CliRun run = evaluate(set, set);
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains("are splits and no classes");
    assertThat(evaluate(set, set, "--split", "test", "--reference-split", "train").code()).isZero();
  }

  @Test
  void weightsOfAnotherNetwork_areNamed() {
    Path other = SmallSets.weights(folder.resolve("resnet20.safetensors"), 32);
    CliRun run = evaluate(set("a", 1), set("b", 2));
    assertThat(other).exists();
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains("looks like CIFAR ResNet-32");
  }

  @Test
  void fid_withoutItsNetwork_isRefusedBeforeAnythingIsEncoded() {
    CliRun run = evaluate(set("a", 1), set("b", 2), "--metrics", "fid");
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err())
        .contains("no weights for encoder fid-inception")
        .doesNotContain("encode samples")
        .contains("fd and class-fd look through resnet20-cifar");
  }

  @Test
  void nothingToCompareWith_isSaid() {
    CliRun run = CliRun.of("evaluate", set("a", 1).toString());
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains("give --reference DATA, or --halves");
  }

  @Test
  void cache_isUsedAgain_withTheSameResult() {
    Path a = set("a", 1);
    Path b = set("b", 2);
    String cache = folder.resolve("cache").toString();
    CliRun first = evaluate(a, b, "--cache", cache);
    CliRun second = evaluate(a, b, "--cache", cache);
    assertThat(first.err()).contains("encode samples");
    assertThat(second.err()).doesNotContain("encode samples");
    assertThat(second.out()).isEqualTo(first.out());
  }

  @Test
  void savedStatistics_standForTheSet_andKnowTheirEncoder() throws Exception {
    Path a = set("a", 1);
    Path b = set("b", 2);
    double ofImages =
        metric(json(evaluate(a, b, "--json")), "fd-resnet20-cifar@16").get("value").asDouble();
    String stats = folder.resolve("b.npz").toString();
    String weights = folder.resolve("resnet20.safetensors").toString();
    CliRun saved =
        CliRun.of(
            "evaluate",
            b.toString(),
            "--encoder",
            "resnet20-cifar",
            "--weights",
            weights,
            "--save-stats",
            stats);
    assertThat(saved.code()).as(saved.err()).isZero();
    JsonNode outcome = json(evaluate(a, stats, "--json"));
    assertThat(metric(outcome, "fd-resnet20-cifar@16").get("value").asDouble())
        .isCloseTo(ofImages, within(1e-9));
    assertThat(metric(outcome, "fd-resnet20-cifar@16").get("c").get("nReference").asInt())
        .isEqualTo(16);
    assertThat(outcome.get("warnings").toString()).doesNotContain("does not say");
    SmallSets.weights(folder.resolve("resnet20.safetensors"), 20, 8);
    CliRun other = evaluate(a, stats);
    assertThat(other.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(other.err()).contains("made by resnet20-cifar");
  }

  @Test
  void greyscaleAndDeepFiles_areCounted() throws Exception {
    Path set = set("a", 1);
    BufferedImage grey = new BufferedImage(32, 32, BufferedImage.TYPE_BYTE_GRAY);
    ImageIO.write(grey, "png", set.resolve("cat/grey.png").toFile());
    BufferedImage deep = new BufferedImage(32, 32, BufferedImage.TYPE_USHORT_GRAY);
    ImageIO.write(deep, "png", set.resolve("cat/deep.png").toFile());
    CliRun run = evaluate(set, set("b", 2));
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("2 of 18 files are greyscale")
        .contains("1 of 18 files are of 16 bits per channel");
  }
}
