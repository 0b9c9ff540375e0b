package io.winnow.cli;

import static io.winnow.cli.Evaluations.evaluate;
import static io.winnow.cli.Evaluations.json;
import static io.winnow.cli.Evaluations.metric;
import static io.winnow.cli.Evaluations.mistake;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.artifact.FeatureFolder;
import io.winnow.artifact.Features;
import io.winnow.eval.PlainMetrics;
import io.winnow.model.resnet.CifarResNet18;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npy;
import io.winnow.weights.Npz;
import io.winnow.weights.Safetensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Features in place of images: of other tools without a word about their encoder, or of Winnow. */
class EvaluateFeaturesTest {
  private static final String NAMED = "fd-resnet20-cifar@16";

  @TempDir Path folder;

  private Path set(String name, long seed) {
    return SmallSets.folder(folder.resolve(name), seed, 8, "cat", "dog");
  }

  private Path npy(String name, long rows, long dimension) {
    Path file = folder.resolve(name);
    try (Scope scope = Scope.open()) {
      Npy.write(file, RandomStreams.of(1).normal(new long[] {rows, dimension}, name));
    }
    return file;
  }

  private static CliRun compare(Path samples, Path reference, String... more) {
    String[] args = {"evaluate", samples.toString(), "--reference", reference.toString()};
    String[] all = java.util.Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return CliRun.of(all);
  }

  @Test
  void bareMatrices_areOfAnUnknownEncoder_andItIsSaid() throws Exception {
    JsonNode outcome = json(compare(npy("a.npy", 40, 8), npy("b.npy", 30, 8), "--json"));
    assertThat(metric(outcome, "fd-unknown@40").get("c").get("nReference").asInt()).isEqualTo(30);
    assertThat(outcome.get("warnings").toString())
        .contains("a.npy: does not say which encoder made its features")
        .contains("b.npy: does not say");
  }

  /** Every value from the files' rows by plain loops; 30 rows of the reference, 40 samples. */
  @Test
  void metricsOfMatrices_areThoseOfTheirRows() throws Exception {
    Path a = npy("a.npy", 40, 2);
    Path b = npy("b.npy", 30, 2);
    JsonNode outcome =
        json(compare(a, b, "--json", "--metrics", "fd,kid,precision-recall", "--seed", "4"));
    try (Scope scope = Scope.open()) {
      double[][] own = PlainMetrics.rows(Npy.read(a));
      double[][] theirs = PlainMetrics.rows(Npy.read(b));
      double[] plain = PlainMetrics.precisionRecall(theirs, own, 3);
      assertThat(plain[0]).isNotEqualTo(plain[1]);
      List<String> names = List.of("precision", "recall", "density", "coverage");
      for (int i = 0; i < 4; i++) {
        assertThat(value(outcome, names.get(i) + "-unknown@40")).isCloseTo(plain[i], within(1e-12));
      }
      assertThat(value(outcome, "fd-unknown@40"))
          .isCloseTo(PlainMetrics.frechet(own, theirs), within(1e-10));
    }
    JsonNode kid = metric(outcome, "kid-unknown@40");
    assertThat(kid.get("c").get("notes").toString())
        .contains("no interval: a subset of 30 holds all of the smaller side");
    assertThat(outcome.get("seed").asLong()).isEqualTo(4);
    assertThat(metric(outcome, "fd-unknown@15").get("c").get("variant").asText())
        .isEqualTo("floor");
    CliRun table = compare(a, npy("c.npy", 90, 2));
    assertThat(table.out())
        .containsPattern("fd-unknown@40 +[0-9.]+ +40 +90")
        .containsPattern("floor: fd-unknown@45 +[0-9.]+ +45 +45")
        .containsPattern("floor at n: fd-unknown@40 +[0-9.]+ +40 +50");
  }

  private static double value(JsonNode outcome, String name) {
    return metric(outcome, name).get("value").asDouble();
  }

  @Test
  void bareMatrix_besideImages_hasToBeNamed() {
    assertThat(mistake(compare(npy("a.npy", 40, 64), set("b", 2))))
        .contains("a.npy: does not say which encoder made its features")
        .contains("has to be encoded")
        .contains("Say --encoder NAME");
  }

  @Test
  void bareMatrix_besideFeaturesOfAKnownEncoder_hasToBeNamed() {
    Path features = Evaluations.encode(folder, set("b", 2), "features");
    assertThat(mistake(compare(npy("a.npy", 40, 64), features)))
        .contains("has those of resnet20-cifar (");
  }

  @Test
  void bareMatrix_named_givesTheDistanceOfTheFeatures_withAWarning() throws Exception {
    Path b = set("b", 2);
    Path encoded = Evaluations.encode(folder, set("a", 1), "features");
    Path bare = folder.resolve("bare.npy");
    try (Features features = FeatureFolder.read(encoded);
        Scope scope = Scope.open()) {
      Npy.write(bare, features.block(0, 16));
    }
    double ofFeatures =
        metric(json(evaluate(folder, encoded, b, "--json")), NAMED).get("value").asDouble();
    JsonNode outcome = json(evaluate(folder, bare, b, "--json"));
    assertThat(metric(outcome, NAMED).get("value").asDouble()).isEqualTo(ofFeatures);
    assertThat(outcome.get("warnings").toString())
        .contains("taken for those of resnet20-cifar (")
        .contains("as --encoder says");
  }

  @Test
  void bareMatrix_ofAnotherWidth_isRefused() {
    assertThat(mistake(evaluate(folder, npy("a.npy", 40, 8), set("b", 2))))
        .contains("a.npy: 8 features per image; expected 64, those of resnet20-cifar");
    assertThat(mistake(compare(npy("a.npy", 40, 8), npy("b.npy", 40, 9))))
        .contains("b.npy: 9 features per image; expected 8");
  }

  @Test
  void bareMatrix_namedFidInception_hasItsWidth() {
    CliRun run = compare(npy("a.npy", 40, 8), npy("b.npy", 40, 8), "--encoder", "fid-inception");
    assertThat(mistake(run))
        .contains("8 features per image; expected 2048, those of fid-inception");
  }

  @Test
  void bareMatrix_forAMetricOfAnotherEncoder_isRefused() {
    assertThat(mistake(compare(npy("a.npy", 9, 8), npy("b.npy", 9, 8), "--metrics", "cmmd")))
        .contains("features of an unknown encoder, but cmmd looks through clip-vit-l14-336")
        .contains("say --encoder clip-vit-l14-336");
  }

  @Test
  void archives_ofCleanFidAndOfSavez_areReadAsFeatures() throws Exception {
    Path feats = folder.resolve("feats.npz");
    Path plain = folder.resolve("plain.npz");
    try (Scope scope = Scope.open()) {
      Tensor rows = RandomStreams.of(1).normal(new long[] {12, 5}, "rows");
      Npz.write(feats, Map.of("feats", rows));
      Npz.write(plain, Map.of("arr_0", rows));
    }
    JsonNode outcome = json(compare(feats, plain, "--json"));
    assertThat(metric(outcome, "fd-unknown@12").get("value").asDouble()).isZero();
  }

  @Test
  void values_thatAreNoNumbers_areNamedByTheirRow() {
    Path file = folder.resolve("nan.npy");
    try (Scope scope = Scope.open()) {
      float[] rows = new float[40];
      rows[8 * 3] = Float.NaN;
      Npy.write(file, Tensors.of(rows, 5, 8));
    }
    assertThat(mistake(compare(file, npy("b.npy", 40, 8))))
        .contains("nan.npy: the feature of 000003 (row 3) has a value that is NaN or infinite");
  }

  @Test
  void arrays_thatAreNoMatrixOfFloats_areRefused() {
    Path file = folder.resolve("ints.npy");
    try (Scope scope = Scope.open()) {
      Npy.write(file, Tensors.of(new long[] {1, 2, 3, 4}, 2, 2));
    }
    assertThat(mistake(compare(file, npy("b.npy", 40, 8))))
        .contains("ints.npy: I64 [2, 2] is not a matrix of floats");
  }

  @Test
  void features_ofAnotherPreprocessing_areNotMixed() {
    Path weights = folder.resolve("net.safetensors");
    CifarResNet18 network = new CifarResNet18(4, 10);
    network.initialise(RandomStreams.of(2));
    Safetensors.write(weights, network.state(), Map.of());
    Path a = encoded(weights, "cifar10");
    Path b = encoded(weights, "half");
    assertThat(mistake(compare(a, b)))
        .contains("features of resnet18-cifar (")
        .contains("; expected resnet18-cifar (");
  }

  private CliRun encode(String encoder, Path weights, Path out, String... more) {
    List<String> words = new ArrayList<>(List.of("encode", set("a", 1).toString()));
    words.addAll(List.of("--encoder", encoder, "--weights", weights.toString()));
    words.addAll(List.of("--out", out.toString()));
    words.addAll(List.of(more));
    return CliRun.of(words.toArray(String[]::new));
  }

  private Path encoded(Path weights, String normalization) {
    Path features = folder.resolve(normalization);
    CliRun run = encode("resnet18-cifar", weights, features, "--normalization", normalization);
    assertThat(run.code()).as(run.err()).isZero();
    return features;
  }

  @Test
  void encode_withWeightsThatGiveNoNumbers_namesTheImage() {
    Path weights = SmallSets.weights(folder.resolve("nan.safetensors"), 20);
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> state = new TreeMap<>(Safetensors.read(weights));
      state.replaceAll((key, value) -> key.endsWith("bias") ? value.div(new Scalar(0.0)) : value);
      Safetensors.write(weights, state, Map.of());
    }
    CliRun run = encode("resnet20-cifar", weights, folder.resolve("out"));
    assertThat(mistake(run)).contains("cat/00.png").contains("NaN or infinite");
  }

  @Test
  void statistics_thatAreNoCovariance_areRefused() {
    Path file = folder.resolve("stats.npz");
    try (Scope scope = Scope.open()) {
      Tensor skewed = torch.eye(64);
      skewed.select(0, 0).fill_(new Scalar(1.0));
      Npz.write(file, Map.of("mu", torch.zeros(64), "sigma", skewed));
    }
    assertThat(mistake(evaluate(folder, set("a", 1), file)))
        .contains("stats.npz: sigma is no covariance");
  }

  @Test
  void statistics_ofAnUnknownEncoder_areFidOnlyAtItsWidth() throws Exception {
    Path file = folder.resolve("stats.npz");
    try (Scope scope = Scope.open()) {
      Npz.write(file, Map.of("mu", torch.zeros(8), "sigma", torch.eye(8)));
    }
    JsonNode outcome = json(compare(file, file, "--json"));
    assertThat(metric(outcome, "fd-unknown@unknown").get("value").asDouble()).isZero();
    assertThat(mistake(compare(file, file, "--metrics", "fid")))
        .contains("8 features per image; expected 2048");
  }
}
