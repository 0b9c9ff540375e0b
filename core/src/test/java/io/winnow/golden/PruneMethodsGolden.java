package io.winnow.golden;

import io.winnow.prune.ClusterSelection;
import io.winnow.prune.FacilityLocation;
import io.winnow.prune.Herding;
import io.winnow.prune.KCenterGreedy;
import io.winnow.prune.KMeans;
import io.winnow.prune.NearDuplicates;
import io.winnow.prune.Rows;
import io.winnow.prune.Strata;
import io.winnow.prune.TensorRows;
import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.Tensors;
import io.winnow.train.InfoBatchConfig;
import io.winnow.train.InfoBatchScores;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/** Handlers of the selection methods beyond the paper. */
final class PruneMethodsGolden {
  private PruneMethodsGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of(
        "kmeans", PruneMethodsGolden::kmeans,
        "semdedup", PruneMethodsGolden::nearDuplicates,
        "kcenter_greedy", PruneMethodsGolden::kCenter,
        "herding", PruneMethodsGolden::herding,
        "facility_location", PruneMethodsGolden::facilityLocation,
        "cluster_select", PruneMethodsGolden::clusterSelect,
        "ccs_budget", PruneMethodsGolden::strata,
        "infobatch", PruneMethodsGolden::infoBatch);
  }

  private static void kmeans(Fixture fixture) {
    KMeans.Clusters found =
        new KMeans(fixture.config().get("max_iter").asInt(), false)
            .fit(rows(LinearAlgebra.float64(fixture.in("features"))), fixture.in("init"));
    fixture.compare("centers", found.centers());
    fixture.compare("labels", Tensors.of(doubles(found.labels()), found.labels().length));
    fixture.compare("inertia", Tensors.of(new double[] {found.inertia()}, 1));
  }

  private static void nearDuplicates(Fixture fixture) {
    Rows rows = rows(fixture.in("features"));
    double[] maxima = NearDuplicates.maxima(rows, IntStream.range(0, rows.count()).toArray());
    for (String output : fixture.outputs()) {
      double eps = Double.parseDouble(output.substring("kept_eps_".length()).replace('p', '.'));
      fixture.compare(output, Tensors.ofInts(NearDuplicates.kept(maxima, eps)));
    }
  }

  private static void kCenter(Fixture fixture) {
    int[] start =
        IntStream.range(0, fixture.config().get("start").size())
            .map(i -> fixture.config().get("start").get(i).asInt())
            .toArray();
    KCenterGreedy.Chosen chosen =
        KCenterGreedy.order(
            rows(fixture.in("features")), start, fixture.config().get("budget").asInt());
    fixture.compare("order", Tensors.ofInts(chosen.order()));
  }

  private static void herding(Fixture fixture) {
    Rows rows = rows(fixture.in("features"));
    int budget = fixture.config().get("budget").asInt();
    fixture.compare("order_nearest", Tensors.ofInts(Herding.order(rows, budget)));
  }

  private static void facilityLocation(Fixture fixture) {
    Rows rows = rows(fixture.in("features"));
    int budget = fixture.config().get("budget").asInt();
    fixture.compare("order", Tensors.ofInts(FacilityLocation.order(rows, budget).order()));
  }

  private static void clusterSelect(Fixture fixture) {
    int[] labels =
        Arrays.stream(Tensors.longs(fixture.in("labels"))).mapToInt(i -> (int) i).toArray();
    Tensor own = fixture.in("centers").index_select(0, fixture.in("labels")); // [N, d]
    double[] distances =
        Tensors.doubles(
            LinearAlgebra.float64(fixture.in("features")).sub(own).square_().sum(1).sqrt_());
    int clusters = Math.toIntExact(fixture.in("centers").size(0));
    int smallest = Arrays.stream(Strata.sizes(labels, clusters)).min().orElseThrow();
    for (String output : fixture.outputs()) {
      String name = output.replace("balanced_", "").replaceAll("_\\d+$", "");
      ClusterSelection selection =
          ClusterSelection.valueOf(name.equals("mid") ? "MIDDLE" : name.toUpperCase(Locale.ROOT));
      int[] kept =
          IntStream.range(0, clusters)
              .mapToObj(
                  c -> IntStream.range(0, labels.length).filter(i -> labels[i] == c).toArray())
              .flatMapToInt(
                  members -> {
                    double[] some = IntStream.of(members).mapToDouble(i -> distances[i]).toArray();
                    int[] positions =
                        output.startsWith("balanced")
                            ? selection.count(some, smallest)
                            : selection.keep(
                                some,
                                Integer.parseInt(output.substring(output.lastIndexOf('_') + 1))
                                    / 100.0);
                    return IntStream.of(positions).map(p -> members[p]);
                  })
              .sorted()
              .toArray();
      fixture.compare(output, Tensors.ofInts(kept));
    }
  }

  private static void strata(Fixture fixture) {
    int count = fixture.config().get("stratas").asInt();
    int[] sizes = Strata.sizes(Strata.of(Tensors.doubles(fixture.in("scores")), count), count);
    fixture.compare("strata", Tensors.ofInts(sizes));
    for (String output : fixture.outputs()) {
      if (output.startsWith("budget_")) {
        long total = Long.parseLong(output.substring("budget_".length()));
        fixture.compare(output, Tensors.ofInts(Strata.budgets(sizes, total)));
      }
    }
  }

  private static void infoBatch(Fixture fixture) {
    int epochs = fixture.config().get("num_epochs").asInt();
    double delta = fixture.config().get("delta").asDouble();
    int n = Math.toIntExact(fixture.in("losses").size(1));
    double[] losses = Tensors.doubles(fixture.in("losses"));
    double[] draws = Tensors.doubles(fixture.in("draws"));
    InfoBatchScores state =
        new InfoBatchScores(
            n, new InfoBatchConfig(fixture.config().get("prune_ratio").asDouble(), delta, 1));
    double[] keep = new double[epochs * n];
    double[] weights = new double[epochs * n];
    double[] scores = new double[epochs * n];
    double[] sums = new double[epochs];
    for (int e = 0; e < epochs; e++) {
      int first = e * n;
      double[] own = state.weights(e + 1 <= epochs * delta, i -> draws[first + i]);
      for (int i = 0; i < n; i++) {
        keep[first + i] = own[i] > 0 ? 1 : 0;
        weights[first + i] = own[i] > 0 ? own[i] : 1; // the peer leaves those that wait at 1
        sums[e] += own[i] * losses[first + i];
        if (own[i] > 0) {
          state.see(i, losses[first + i]);
        }
      }
      System.arraycopy(state.scores(), 0, scores, first, n);
    }
    fixture.compare("keep", Tensors.of(keep, epochs, n));
    fixture.compare("weights", Tensors.of(weights, epochs, n));
    fixture.compare("scores", Tensors.of(scores, epochs, n));
    fixture.compare("weighted_loss_sum", Tensors.of(sums, epochs));
  }

  private static double[] doubles(int[] values) {
    return IntStream.of(values).asDoubleStream().toArray();
  }

  private static Rows rows(Tensor features) {
    return new TensorRows(features, new int[Math.toIntExact(features.size(0))]);
  }
}
