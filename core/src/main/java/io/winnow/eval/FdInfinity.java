package io.winnow.eval;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/**
 * The Frechet distance that infinitely many samples would have, by extrapolation: E[FD_N] is about
 * FD_inf + a / N, so distances of growing subsets are fitted by a line in 1 / N (Chong and Forsyth,
 * 2020; sizes as in dgm-eval).
 */
public final class FdInfinity {
  private static final int POINTS = 15;
  private static final long LEAST = 5000;

  private FdInfinity() {}

  /**
   * The line.
   *
   * @param intercept the distance at 1 / N = 0
   * @param slope a
   */
  public record Line(double intercept, double slope) {}

  /**
   * Extrapolates.
   *
   * @param reference statistics of the full reference set
   * @param generated [N, d], any real dtype
   * @param streams chooses the subsets, each without replacement
   */
  public static Line of(FrechetStatistics reference, Tensor generated, RandomStreams streams) {
    int n = Math.toIntExact(generated.size(0));
    int[] sizes = sizes(n);
    double[] distances = new double[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      int[] rows = Arrays.copyOf(streams.permutation(n, "fd-infinity", i), sizes[i]);
      distances[i] = ofSubset(reference, generated, rows);
    }
    return fit(sizes, distances);
  }

  /** The distance of some rows of the generated set. */
  public static double ofSubset(FrechetStatistics reference, Tensor generated, int[] rows) {
    try (Scope scope = Scope.open()) {
      Tensor subset = generated.index_select(0, Tensors.ofInts(rows));
      return FrechetDistance.of(reference, FrechetStatistics.of(subset));
    }
  }

  /** Sizes evenly spaced from min(5000, max(n / 10, 2)) to n, rounded down. */
  static int[] sizes(int n) {
    double least = Math.min(LEAST, Math.max(n / 10, 2));
    int[] sizes = new int[POINTS];
    for (int i = 0; i < POINTS; i++) {
      sizes[i] = (int) (least + i * ((n - least) / (POINTS - 1)));
    }
    sizes[POINTS - 1] = n;
    return sizes;
  }

  /** The least-squares line through distances over 1 / size. */
  public static Line fit(int[] sizes, double[] distances) {
    double[] x = Arrays.stream(sizes).mapToDouble(size -> 1.0 / size).toArray();
    double meanX = Arrays.stream(x).average().orElseThrow();
    double meanY = Arrays.stream(distances).average().orElseThrow();
    double xy = 0;
    double xx = 0;
    for (int i = 0; i < x.length; i++) {
      xy += (x[i] - meanX) * (distances[i] - meanY);
      xx += (x[i] - meanX) * (x[i] - meanX);
    }
    double slope = xx == 0 ? 0 : xy / xx;
    return new Line(meanY - slope * meanX, slope);
  }
}
