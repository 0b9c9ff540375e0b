package io.winnow.golden;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.eval.Cmmd;
import io.winnow.eval.FdInfinity;
import io.winnow.eval.FrechetDistance;
import io.winnow.eval.FrechetStatistics;
import io.winnow.eval.InceptionScore;
import io.winnow.eval.Kid;
import io.winnow.eval.PrecisionRecall;
import io.winnow.eval.RowsInMemory;
import io.winnow.eval.Spread;
import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.Moments;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Handlers of the metrics over features. */
final class EvalGolden {
  private EvalGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of(
        "frechet_distance", EvalGolden::frechetDistance,
        "frechet_distance_by_class", EvalGolden::frechetDistanceByClass,
        "fd_infinity", EvalGolden::fdInfinity,
        "kid", EvalGolden::kid,
        "cmmd", EvalGolden::cmmd,
        "inception_score", EvalGolden::inceptionScore,
        "precision_recall", EvalGolden::precisionRecall);
  }

  private static void frechetDistance(Fixture fixture) {
    if (fixture.config().path("input").asText().equals("statistics")) {
      double distance =
          FrechetDistance.of(
              matrix(fixture.in("mu1")).flatten(),
              matrix(fixture.in("sigma1")),
              matrix(fixture.in("mu2")).flatten(),
              matrix(fixture.in("sigma2")));
      scalar(fixture, "fid", distance);
      return;
    }
    Tensor first = features(fixture, 1);
    Tensor second = features(fixture, 2);
    for (int side = 1; side <= 2; side++) {
      FrechetStatistics statistics = FrechetStatistics.of(side == 1 ? first : second);
      compareIfThere(fixture, "mu" + side, statistics.mean());
      compareIfThere(fixture, "sigma" + side, statistics.covariance());
      if (fixture.outputs().contains("trace" + side)) {
        scalar(fixture, "trace" + side, LinearAlgebra.trace(statistics.covariance()));
      }
    }
    scalar(fixture, "fid", FrechetDistance.ofFeatures(first, second));
    try (Moments a = Moments.of(first);
        Moments b = Moments.of(second)) {
      scalar(fixture, "fid", FrechetDistance.of(a, b));
    }
  }

  /** Stored as features1, or made by the fill rule under a longer name. */
  private static Tensor features(Fixture fixture, int side) {
    if (fixture.has("in.features" + side)) {
      return fixture.in("features" + side);
    }
    return fixture.in(fixture.config().get("fill_inputs").get(side - 1).get("name").asText());
  }

  private static void frechetDistanceByClass(Fixture fixture) {
    double[] distances =
        FrechetDistance.byClass(
                new RowsInMemory(fixture.in("features1"), ints(fixture.in("labels1"))),
                new RowsInMemory(fixture.in("features2"), ints(fixture.in("labels2"))))
            .stream()
            .mapToDouble(FrechetDistance.ClassDistance::distance)
            .toArray();
    fixture.compare("fid", Tensors.of(distances, distances.length));
  }

  private static void fdInfinity(Fixture fixture) {
    FrechetStatistics reference = FrechetStatistics.of(fixture.in("features1"));
    int[] sizes = ints(fixture.in("sizes"));
    int[] indices = ints(fixture.in("indices"));
    double[] distances = new double[sizes.length];
    int first = 0;
    for (int i = 0; i < sizes.length; i++) {
      int[] rows = Arrays.copyOfRange(indices, first, first + sizes[i]);
      first += sizes[i];
      distances[i] = FdInfinity.ofSubset(reference, fixture.in("features2"), rows);
    }
    fixture.compare("fds", Tensors.of(distances, distances.length));
    scalar(fixture, "fd_infinity", FdInfinity.fit(sizes, distances).intercept());
  }

  private static void kid(Fixture fixture) {
    JsonNode config = fixture.config();
    Kid.Kernel kernel =
        new Kid.Kernel(
            config.path("degree").asInt(3),
            config.path("gamma").isNumber() ? config.get("gamma").asDouble() : Double.NaN,
            config.path("coef0").asDouble(1));
    int size = config.get("subset_size").asInt();
    int[] indices1 = ints(fixture.in("indices1"));
    int[] indices2 = ints(fixture.in("indices2"));
    double[] perSubset = new double[indices1.length / size];
    for (int s = 0; s < perSubset.length; s++) {
      perSubset[s] =
          Kid.ofSubset(
              fixture.in("features1"),
              Arrays.copyOfRange(indices1, s * size, (s + 1) * size),
              fixture.in("features2"),
              Arrays.copyOfRange(indices2, s * size, (s + 1) * size),
              kernel);
    }
    fixture.compare("per_subset", Tensors.of(perSubset, fixture.out("per_subset").shape()));
    compareSpread(fixture, Spread.of(perSubset), "");
  }

  private static void cmmd(Fixture fixture) {
    List<Tensor> sides = new ArrayList<>();
    if (fixture.has("in.x")) {
      sides.add(fixture.in("x"));
      sides.add(fixture.in("y"));
    } else {
      fixture
          .config()
          .get("fill_inputs")
          .forEach(fill -> sides.add(fixture.in(fill.get("name").asText())));
    }
    double sigma = fixture.config().path("sigma").asDouble(Cmmd.SIGMA);
    double scale = fixture.config().path("scale").asDouble(Cmmd.SCALE);
    scalar(fixture, "cmmd", Cmmd.of(sides.get(0), sides.get(1), sigma, scale));
  }

  private static void inceptionScore(Fixture fixture) {
    Tensor logits = fixture.in("logits");
    if (fixture.config().has("split_size")) {
      int chunk = fixture.config().get("split_size").asInt();
      compareSpread(fixture, InceptionScore.inChunks(logits, chunk), "");
      return;
    }
    int splits = fixture.config().get("splits").asInt();
    compareSpread(fixture, InceptionScore.inOrder(logits, splits), "");
    if (fixture.has("in.permutation")) {
      Tensor permuted = logits.index_select(0, fixture.in("permutation"));
      compareSpread(fixture, InceptionScore.inOrder(permuted, splits), "_permuted");
    }
  }

  private static void precisionRecall(Fixture fixture) {
    Tensor reference = fixture.in("reference");
    Tensor generated = fixture.in("generated");
    int k = fixture.config().get("k").asInt();
    PrecisionRecall ours = PrecisionRecall.of(reference, generated, k);
    scalar(fixture, "precision", ours.precision());
    scalar(fixture, "recall", ours.recall());
    scalar(fixture, "density", ours.density());
    scalar(fixture, "coverage", ours.coverage());
    compareIfThere(fixture, "radii_reference_squared", PrecisionRecall.radiiSquared(reference, k));
    compareIfThere(fixture, "radii_generated_squared", PrecisionRecall.radiiSquared(generated, k));
  }

  private static void compareSpread(Fixture fixture, Spread spread, String suffix) {
    if (fixture.outputs().contains("mean" + suffix)) {
      scalar(fixture, "mean" + suffix, spread.mean());
    }
    if (fixture.outputs().contains("std" + suffix)) {
      scalar(fixture, "std" + suffix, spread.std());
    }
  }

  private static void compareIfThere(Fixture fixture, String output, Tensor ours) {
    if (fixture.outputs().contains(output)) {
      fixture.compare(output, ours.reshape(fixture.out(output).shape()));
    }
  }

  private static Tensor matrix(Tensor tensor) {
    return tensor.dim() == 0 ? tensor.reshape(1, 1) : tensor;
  }

  private static int[] ints(Tensor tensor) {
    return Arrays.stream(Tensors.longs(tensor)).mapToInt(Math::toIntExact).toArray();
  }

  private static void scalar(Fixture fixture, String output, double value) {
    fixture.compare(output, Tensors.of(new double[] {value}, fixture.out(output).shape()));
  }
}
