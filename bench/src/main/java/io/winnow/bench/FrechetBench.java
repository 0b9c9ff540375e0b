package io.winnow.bench;

import io.winnow.eval.FrechetDistance;
import io.winnow.eval.FrechetStatistics;
import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.Moments;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * Mean and covariance of two sets of features in float64, and the Frechet distance between them,
 * timed apart: the work of {@code peer_fid.py}. Rows arrive in blocks and are made untimed.
 */
public final class FrechetBench {
  private static final int BLOCK = 2000;

  private FrechetBench() {}

  public static void main(String[] args) {
    Arguments arguments = new Arguments(args, Set.of("n", "d", "threads", "steps", "warmup"));
    int n = arguments.number("n", 50_000);
    int d = arguments.number("d", 2048);
    int threads = arguments.number("threads", 1);
    int steps = arguments.number("steps", 1);
    int warmup = arguments.number("warmup", 0);
    Line.useThreads(threads);
    double[] statisticsSeconds = new double[1];
    FrechetStatistics first =
        statistics(new FillRule("bench.fid.features1", 0.55, 0.52), n, d, statisticsSeconds);
    FrechetStatistics second =
        statistics(new FillRule("bench.fid.features2", 0.6, 0.54), n, d, statisticsSeconds);
    new Line("fid_statistics_winnow", threads, 0, statisticsSeconds, 2L * n)
        .number("d", d)
        .number("trace1", LinearAlgebra.trace(first.covariance()))
        .number("trace2", LinearAlgebra.trace(second.covariance()))
        .print();
    double[] distance = new double[1];
    double[] seconds =
        Line.timed(warmup, steps, () -> distance[0] = FrechetDistance.of(first, second));
    new Line("fid_distance_winnow", threads, warmup, seconds, 1)
        .number("d", d)
        .number("fid", distance[0])
        .print();
  }

  private static FrechetStatistics statistics(FillRule rule, int n, int d, double[] seconds) {
    float[] values = new float[BLOCK * d];
    try (Moments moments = new Moments(d)) {
      for (int first = 0; first < n; first += BLOCK) {
        int count = Math.min(BLOCK, n - first);
        rule.fill((long) first * d, values, 0, count * d);
        try (Scope scope = Scope.open()) {
          Tensor block = Tensors.of(values, BLOCK, d).narrow(0, 0, count);
          long begin = System.nanoTime();
          moments.add(block);
          seconds[0] += (System.nanoTime() - begin) / 1e9;
        }
      }
      long begin = System.nanoTime();
      FrechetStatistics statistics = FrechetStatistics.of(moments);
      seconds[0] += (System.nanoTime() - begin) / 1e9;
      return statistics;
    }
  }
}
