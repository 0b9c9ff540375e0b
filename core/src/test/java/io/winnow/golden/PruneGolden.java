package io.winnow.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.prune.Center;
import io.winnow.prune.CentralBand;
import io.winnow.prune.Covariance;
import io.winnow.prune.GaussianModel;
import io.winnow.prune.Grouping;
import io.winnow.prune.Method;
import io.winnow.prune.ModerateScorer;
import io.winnow.prune.NearestNeighbourScorer;
import io.winnow.prune.PcaRows;
import io.winnow.prune.PercentileStrict;
import io.winnow.prune.PpcaScorer;
import io.winnow.prune.PruneConfig;
import io.winnow.prune.Pruning;
import io.winnow.prune.Quota;
import io.winnow.prune.Rows;
import io.winnow.prune.Selection;
import io.winnow.prune.TensorRows;
import io.winnow.prune.TopK;
import io.winnow.task.Progress;
import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.Moments;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Handlers of pruning: scores, selection rules, quotas. */
final class PruneGolden {
  private PruneGolden() {}

  static Map<String, Handler> handlers() {
    return Map.ofEntries(
        Map.entry("gaussian_score", PruneGolden::gaussianScore),
        Map.entry("gaussian_select", PruneGolden::gaussianSelect),
        Map.entry("gaussian_shrinkage", PruneGolden::gaussianShrinkage),
        Map.entry("gaussian_streaming", PruneGolden::gaussianStreaming),
        Map.entry("gaussian_reduced", PruneGolden::gaussianReduced),
        Map.entry("density_scores", PruneGolden::densityScores),
        Map.entry("threshold_select", PruneGolden::thresholdSelect),
        Map.entry("percentile", PruneGolden::percentile),
        Map.entry("moderate_score", PruneGolden::moderateScore),
        Map.entry("moderate_select", PruneGolden::moderateSelect),
        Map.entry("moderate_window", PruneGolden::moderateWindow),
        Map.entry("uniform_counts", PruneGolden::uniformCounts));
  }

  private static void gaussianScore(Fixture fixture) {
    Rows rows = rows(fixture);
    PruneConfig config = gaussian(fixture, Covariance.PLAIN);
    fixture.compare("scores", vector(scores(rows, config)));
    int[] values = IntStream.of(rows.labels()).distinct().sorted().toArray();
    Tensor means = LinearAlgebra.zeros(values.length, rows.dimension());
    double[] logDeterminants = new double[values.length];
    for (int c = 0; c < values.length; c++) {
      GaussianModel model = model(rows, values[c], config.reg());
      means.select(0, c).copy_(model.mean());
      logDeterminants[c] = model.logDeterminant();
    }
    fixture.compare("class_mean", means);
    fixture.compare("class_logdet", vector(logDeterminants));
  }

  private static GaussianModel model(Rows rows, int label, double reg) {
    int[] labels = rows.labels();
    int[] members = IntStream.range(0, labels.length).filter(i -> labels[i] == label).toArray();
    try (Moments moments = Moments.of(rows.gather(members))) {
      Tensor covariance = moments.covariance(moments.count());
      covariance.diagonal().add_(new Scalar(reg));
      return GaussianModel.of(moments.mean(), covariance, "class " + label, moments.count());
    }
  }

  private static void gaussianSelect(Fixture fixture) {
    Rows rows = rows(fixture);
    Pattern name =
        Pattern.compile("kept_(?:fit_(?<fit>\\w+?)_select_(?<select>\\w+?)_)?(?<percent>[\\d.]+)");
    for (String output : fixture.outputs()) {
      Matcher parts = name.matcher(output);
      assertThat(parts.matches()).as(output).isTrue();
      JsonNode config = fixture.config();
      PruneConfig settings =
          gaussian(
              fixture,
              Covariance.PLAIN,
              grouping(parts.group("fit"), config.path("fit").asText("class")),
              grouping(parts.group("select"), config.path("select").asText("class")),
              Double.parseDouble(parts.group("percent")) / 100);
      fixture.compare(
          output, Tensors.ofInts(Pruning.select(rows, settings, 0, Progress.SILENT).kept()));
    }
  }

  private static void gaussianShrinkage(Fixture fixture) {
    Tensor features = fixture.in("features");
    Rows rows = new TensorRows(features, new int[Math.toIntExact(features.size(0))]);
    try (Moments moments = Moments.of(features)) {
      Tensor s = moments.covariance(moments.count());
      Tensor centred = LinearAlgebra.float64(features).sub(moments.mean());
      double fourth = centred.square().sum(1).square().mean().item_double();
      shrinkage(fixture, "lw", Covariance.LEDOIT_WOLF, rows, s, fourth);
      shrinkage(fixture, "oas", Covariance.OAS, rows, s, fourth);
    }
  }

  private static void shrinkage(
      Fixture fixture, String name, Covariance estimator, Rows rows, Tensor s, double fourth) {
    Covariance.Shrunk shrunk = estimator.shrink(s, fourth, rows.count());
    scalar(fixture, name + "_shrinkage", shrunk.intensity());
    scalar(fixture, name + "_trace", LinearAlgebra.trace(shrunk.matrix()));
    fixture.compare(name + "_scores", vector(scores(rows, gaussian(fixture, estimator))));
  }

  private static void gaussianStreaming(Fixture fixture) {
    Tensor features = fixture.in("features");
    int d = Math.toIntExact(features.size(1));
    long[] sizes = Tensors.longs(fixture.in("chunk_sizes"));
    TensorVector partMeans = new TensorVector();
    TensorVector partScatters = new TensorVector();
    try (Moments streamed = new Moments(d);
        Moments merged = new Moments(d)) {
      long first = 0;
      for (long size : sizes) {
        Tensor chunk = features.narrow(0, first, size);
        first += size;
        streamed.add(chunk);
        try (Moments part = Moments.of(chunk)) {
          partMeans.push_back(part.mean());
          partScatters.push_back(part.scatter());
          merged.merge(part);
        }
      }
      for (Moments moments : new Moments[] {streamed, merged}) {
        fixture.compare("mean", moments.mean());
        fixture.compare("scatter", moments.scatter());
        fixture.compare("cov_n", moments.covariance(moments.count()));
        fixture.compare("cov_n_minus_1", moments.covariance(moments.count() - 1));
      }
    }
    fixture.compare("part_mean", torch.stack(partMeans));
    fixture.compare("part_scatter", torch.stack(partScatters));
  }

  private static void gaussianReduced(Fixture fixture) {
    Rows rows = rows(fixture);
    int[] labels = rows.labels();
    Tensor pooled = LinearAlgebra.zeros(rows.dimension(), rows.dimension());
    for (int label : IntStream.of(labels).distinct().sorted().toArray()) {
      int[] members = IntStream.range(0, labels.length).filter(i -> labels[i] == label).toArray();
      try (Moments moments = Moments.of(rows.gather(members))) {
        pooled.add_(moments.scatter());
      }
    }
    fixture.compare("pooled_cov", pooled.div_(new Scalar((double) labels.length)));
    fixture.compare("pooled_scores", vector(scores(rows, gaussian(fixture, Covariance.POOLED))));
    int directions = fixture.config().get("pca").asInt();
    fixture.compare("pca_variances", PcaRows.of(rows, directions).variances());
    PruneConfig plain = gaussian(fixture, Covariance.PLAIN);
    PruneConfig projected =
        new PruneConfig(
            plain.method(),
            plain.ratio(),
            plain.scope(),
            plain.fit(),
            plain.rule(),
            plain.covariance(),
            directions,
            plain.center(),
            plain.window(),
            plain.quota(),
            plain.reg(),
            null);
    fixture.compare("pca_scores", vector(scores(rows, projected)));
  }

  private static void densityScores(Fixture fixture) {
    Rows rows = rows(fixture);
    JsonNode config = fixture.config();
    Grouping fit = grouping(null, config.path("fit").asText("class"));
    fixture.compare(
        "ppca_scores",
        vector(
            new PpcaScorer(fit, config.path("ppca").path("variance").asDouble(0.95))
                .score(rows, Progress.SILENT)));
    fixture.compare(
        "nn_dist_scores",
        vector(
            new NearestNeighbourScorer(fit, config.path("nn_dist").path("nearest_k").asInt(5))
                .score(rows, Progress.SILENT)));
  }

  private static void thresholdSelect(Fixture fixture) {
    Pattern name = Pattern.compile("kept_(percentile|topk)_(\\w+)_([\\d.]+)");
    for (String output : fixture.outputs()) {
      Matcher parts = name.matcher(output);
      assertThat(parts.matches()).as(output).isTrue();
      Selection rule = parts.group(1).equals("topk") ? new TopK() : new PercentileStrict();
      double[] scores = Tensors.doubles(fixture.in("scores_" + parts.group(2)));
      double ratio = Double.parseDouble(parts.group(3)) / 100;
      fixture.compare(output, Tensors.ofInts(rule.select(scores, ratio).kept()));
    }
  }

  private static void percentile(Fixture fixture) {
    Pattern name = Pattern.compile("cutoff_(\\w+)_([\\d.]+)");
    for (String output : fixture.outputs()) {
      Matcher parts = name.matcher(output);
      assertThat(parts.matches()).as(output).isTrue();
      double[] scores = Tensors.doubles(fixture.in("scores_" + parts.group(1)));
      double ratio = Double.parseDouble(parts.group(2)) / 100;
      scalar(fixture, output, PercentileStrict.cutoff(scores, ratio));
    }
  }

  private static void moderateScore(Fixture fixture) {
    Rows rows = rows(fixture);
    for (Center center : Center.values()) {
      ModerateScorer scorer = new ModerateScorer(center);
      String suffix = center.name().toLowerCase(Locale.ROOT);
      fixture.compare("center_" + suffix, scorer.centers(rows));
      fixture.compare("distance_" + suffix, vector(scorer.score(rows, Progress.SILENT)));
    }
  }

  private static void moderateSelect(Fixture fixture) {
    Rows rows = rows(fixture);
    Pattern name = Pattern.compile("(band|closest)_(global|class)_(median|mean)_([\\d.]+)");
    for (String output : fixture.outputs()) {
      Matcher parts = name.matcher(output);
      assertThat(parts.matches()).as(output).isTrue();
      PruneConfig plain = PruneConfig.of(Method.MODERATE, Double.parseDouble(parts.group(4)) / 100);
      PruneConfig config =
          new PruneConfig(
              plain.method(),
              plain.ratio(),
              grouping(parts.group(2), ""),
              plain.fit(),
              plain.rule(),
              plain.covariance(),
              plain.pca(),
              Center.valueOf(parts.group(3).toUpperCase(Locale.ROOT)),
              PruneConfig.Window.valueOf(parts.group(1).toUpperCase(Locale.ROOT)),
              plain.quota(),
              plain.reg(),
              null);
      fixture.compare(
          output, Tensors.ofInts(Pruning.select(rows, config, 0, Progress.SILENT).kept()));
      if (output.startsWith(fixture.config().path("official").asText("?"))) {
        PruneConfig official = PruneConfig.of(Method.MODERATE_OFFICIAL, plain.ratio());
        fixture.compare(
            output, Tensors.ofInts(Pruning.select(rows, official, 0, Progress.SILENT).kept()));
      }
    }
  }

  private static void moderateWindow(Fixture fixture) {
    long[] n = Tensors.longs(fixture.in("n"));
    double[] ratio = Tensors.doubles(fixture.in("rate"));
    long[] low = new long[n.length];
    long[] high = new long[n.length];
    for (int i = 0; i < n.length; i++) {
      low[i] = CentralBand.low((int) n[i], ratio[i]);
      high[i] = CentralBand.high((int) n[i], ratio[i]);
      if (low[i] >= high[i]) {
        low[i] = -1;
        high[i] = -1;
      }
    }
    fixture.compare("low", Tensors.of(low, n.length));
    fixture.compare("high", Tensors.of(high, n.length));
  }

  private static void uniformCounts(Fixture fixture) {
    int[] classCounts = ints(fixture.in("class_counts"));
    double[] fractions = Tensors.doubles(fixture.in("fractions"));
    long[] kept =
        Arrays.stream(fractions)
            .flatMap(r -> Arrays.stream(Quota.ROUND.counts(classCounts, r)).asDoubleStream())
            .mapToLong(count -> (long) count)
            .toArray();
    fixture.compare("kept_counts", Tensors.of(kept, fractions.length, classCounts.length));
  }

  private static PruneConfig gaussian(Fixture fixture, Covariance covariance) {
    Grouping fit = grouping(null, fixture.config().path("fit").asText("class"));
    return gaussian(fixture, covariance, fit, Grouping.CLASS, 0.5);
  }

  private static PruneConfig gaussian(
      Fixture fixture, Covariance covariance, Grouping fit, Grouping scope, double ratio) {
    PruneConfig plain = PruneConfig.of(Method.GAUSSIAN, ratio);
    return new PruneConfig(
        plain.method(),
        ratio,
        scope,
        fit,
        fixture.config().path("rule").asText().equals("topk")
            ? PruneConfig.Rule.TOPK
            : PruneConfig.Rule.PERCENTILE_STRICT,
        covariance,
        plain.pca(),
        plain.center(),
        plain.window(),
        plain.quota(),
        fixture.config().path("reg_covar").asDouble(plain.reg()),
        null);
  }

  private static double[] scores(Rows rows, PruneConfig config) {
    return Pruning.score(rows, config, Progress.SILENT).values();
  }

  private static Rows rows(Fixture fixture) {
    return new TensorRows(fixture.in("features"), ints(fixture.in("labels")));
  }

  private static Grouping grouping(String given, String otherwise) {
    return Grouping.valueOf((given == null ? otherwise : given).toUpperCase(Locale.ROOT));
  }

  private static int[] ints(Tensor tensor) {
    return Arrays.stream(Tensors.longs(tensor)).mapToInt(Math::toIntExact).toArray();
  }

  private static Tensor vector(double[] values) {
    return Tensors.of(values, values.length);
  }

  private static void scalar(Fixture fixture, String output, double value) {
    fixture.compare(output, Tensors.of(new double[] {value}, fixture.out(output).shape()));
  }
}
