package io.winnow.bench;

import io.winnow.prune.FacilityLocation;
import io.winnow.prune.KMeans;
import io.winnow.prune.Method;
import io.winnow.prune.PruneConfig;
import io.winnow.prune.PruneStep;
import io.winnow.prune.Pruning;
import io.winnow.prune.Rows;
import io.winnow.prune.TensorRows;
import io.winnow.task.Progress;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.List;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * Selection from features in memory: {@code --work kmeans} is Lloyd's iterations from the first
 * rows as centres, the work of {@code bench/peer_kmeans.py}; {@code duplicates} is near-duplicate
 * removal inside clusters, their seeding and their fit included; {@code facility} is facility
 * location.
 */
public final class SelectionBench {
  private static final FillRule RULE = new FillRule("bench.selection.features", 0.5, 0.5);

  private SelectionBench() {}

  public static void main(String[] args) {
    Arguments arguments =
        new Arguments(
            args,
            Set.of("work", "n", "d", "k", "iterations", "threads", "steps", "warmup", "clock"));
    int n = arguments.number("n", 50_000);
    int d = arguments.number("d", 512);
    int k = arguments.number("k", 100);
    int threads = arguments.number("threads", 2);
    int warmup = arguments.number("warmup", 0);
    int iterations = arguments.number("iterations", 20);
    String work = work(arguments);
    Line.useThreads(threads);
    try (Scope scope = Scope.open()) {
      float[] values = new float[n * d];
      RULE.fill(0, values, 0, values.length);
      Tensor features = Tensors.of(values, n, d);
      Rows rows = new TensorRows(features, new int[n]);
      double before = Line.peakResidentMegabytes();
      double[] found = new double[1];
      Runnable step =
          () ->
              found[0] =
                  switch (work) {
                    case "kmeans" -> kmeans(rows, features.narrow(0, 0, k), iterations);
                    case "duplicates" -> duplicates(rows, k);
                    default -> FacilityLocation.order(rows, k).objective();
                  };
      double[] seconds = Line.timed(warmup, arguments.number("steps", 1), step, arguments.clock());
      new Line("selection_" + work, threads, warmup, seconds, n)
          .text("dtype", "float32") // of the rows; sums over them are float64
          .number("d", d)
          .number("k", k)
          .number("rss_before_mb", before)
          .number("found", found[0])
          .print();
    }
  }

  private static String work(Arguments arguments) {
    String work = arguments.text("work", "kmeans");
    if (!Set.of("kmeans", "duplicates", "facility").contains(work)) {
      throw new IllegalArgumentException(
          "--work " + work + "; expected kmeans, duplicates or facility");
    }
    return work;
  }

  private static double kmeans(Rows rows, Tensor centres, int iterations) {
    return new KMeans(iterations, false).fit(rows, centres).inertia();
  }

  /** Rows that stay of all, by clusters of unit vectors and their largest cosines. */
  private static int duplicates(Rows rows, int clusters) {
    PruneStep step = new PruneStep.Duplicates(0.05, clusters, null, null);
    PruneConfig block = PruneConfig.of(Method.UNIFORM, 1).with(1, List.of(step));
    return Pruning.select(rows, block, 0, Progress.SILENT).kept().length;
  }
}
