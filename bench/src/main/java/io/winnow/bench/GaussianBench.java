package io.winnow.bench;

import io.winnow.prune.Covariance;
import io.winnow.prune.GaussianScorer;
import io.winnow.prune.Grouping;
import io.winnow.prune.Rows;
import io.winnow.prune.TensorRows;
import io.winnow.task.Progress;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * One Gaussian per class fitted, and all rows scored: the work of {@code peer_gaussian.py}.
 *
 * <p>With {@code --rows memory} the features lie in memory, as the peer's do; with {@code --rows
 * made} every block is made when it is asked for, which shows what memory scoring itself needs.
 */
public final class GaussianBench {
  private GaussianBench() {}

  public static void main(String[] args) {
    Arguments arguments =
        new Arguments(args, Set.of("n", "d", "classes", "threads", "steps", "warmup", "rows"));
    int n = arguments.number("n", 50_000);
    int d = arguments.number("d", 2048);
    int classes = arguments.number("classes", 10);
    int threads = arguments.number("threads", 1);
    int warmup = arguments.number("warmup", 0);
    String kind = arguments.text("rows", "memory");
    Line.useThreads(threads);
    int[] labels = new int[n];
    Arrays.setAll(labels, i -> i % classes);
    Rows made = new MadeRows(new FillRule("bench.gaussian.features", 0.5, 0.5), n, d, labels);
    Rows rows = kind.equals("made") ? made : inMemory(made);
    double before = Line.peakResidentMegabytes();
    double[][] scores = new double[1][];
    double[] seconds =
        Line.timed(
            warmup,
            arguments.number("steps", 1),
            () ->
                scores[0] =
                    new GaussianScorer(Grouping.CLASS, Covariance.PLAIN, 1e-5)
                        .score(rows, Progress.SILENT));
    double mean = Arrays.stream(scores[0]).average().orElseThrow();
    double variance =
        Arrays.stream(scores[0]).map(s -> (s - mean) * (s - mean)).average().orElseThrow();
    new Line("gaussian_winnow", threads, warmup, seconds, n)
        .number("d", d)
        .number("classes", classes)
        .text("rows", kind)
        .number("rss_before_mb", before)
        .number("mean", mean)
        .number("std", Math.sqrt(variance))
        .number("first", scores[0][0])
        .number("last", scores[0][n - 1])
        .print();
  }

  private static Rows inMemory(Rows made) {
    int n = made.count();
    Tensor features =
        torch.empty(new long[] {n, made.dimension()}, made.gather(new int[] {0}).options(), null);
    for (int first = 0; first < n; first += 1024) {
      int[] ids = new int[Math.min(1024, n - first)];
      int start = first;
      Arrays.setAll(ids, i -> start + i);
      try (Tensor block = made.gather(ids)) {
        features.narrow(0, first, ids.length).copy_(block);
      }
    }
    return new TensorRows(features, made.labels());
  }

  /** Rows that exist only while somebody looks at them. */
  @SuppressWarnings("ArrayRecordComponent")
  private record MadeRows(FillRule rule, int count, int dimension, int[] labels) implements Rows {
    @Override
    public Tensor gather(int[] rows) {
      float[] values = new float[rows.length * dimension];
      for (int i = 0; i < rows.length; i++) {
        rule.fill((long) rows[i] * dimension, values, i * dimension, dimension);
      }
      return Tensors.of(values, rows.length, dimension);
    }
  }
}
