package io.winnow.eval;

import io.winnow.tensor.NearestRows;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.function.LongFunction;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The nearest training image of every sample: the check for memorisation. Samples that lie closer
 * to the training set than held-out images do are copies.
 */
public final class NearestNeighbours {
  private static final int BLOCK = 2048;

  private NearestNeighbours() {}

  /** Rows of a set that may be larger than memory. */
  public interface Source {
    /** Rows in all. */
    long rows();

    /** So many rows from there on, [n, d], any real dtype; the caller's scope owns it. */
    Tensor block(long first, int count);

    /** A set in memory, [N, d]. */
    static Source of(Tensor features) {
      return new Source() {
        @Override
        public long rows() {
          return features.size(0);
        }

        @Override
        public Tensor block(long first, int count) {
          return features.narrow(0, first, count);
        }
      };
    }
  }

  /**
   * Neighbours, one per query.
   *
   * @param distances Euclidean
   * @param indices rows of the set that was searched
   */
  @SuppressWarnings("ArrayRecordComponent") // copied in and out
  public record Result(double[] distances, long[] indices) {
    public Result {
      distances = distances.clone();
      indices = indices.clone();
    }

    @Override
    public double[] distances() {
      return distances.clone();
    }

    @Override
    public long[] indices() {
      return indices.clone();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Result that
          && Arrays.equals(distances, that.distances)
          && Arrays.equals(indices, that.indices);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(distances);
    }
  }

  /**
   * Searches the nearest row of a set for every query.
   *
   * @param queries features of samples, or of held-out images
   * @param set features of the training images
   */
  public static Result of(Source queries, Source set) {
    if (set.rows() == 0) {
      throw new IllegalArgumentException(
          "NearestNeighbours: no row to search in; expected at least one. Give training features.");
    }
    int total = Math.toIntExact(queries.rows());
    double[] distances = new double[total];
    long[] indices = new long[total];
    for (int first = 0; first < total; first += BLOCK) {
      int count = Math.min(BLOCK, total - first);
      try (Scope scope = Scope.open()) {
        Tensor block = queries.block(first, count).to(torch.ScalarType.Double); // [n, d]
        NearestRows nearest = new NearestRows(block, 1);
        for (long j = 0; j < set.rows(); j += BLOCK) {
          try (Scope inner = Scope.open()) {
            nearest.offer(set.block(j, (int) Math.min(BLOCK, set.rows() - j)), j);
          }
        }
        long[] found = Tensors.longs(nearest.indices());
        System.arraycopy(found, 0, indices, first, count);
        double[] exact = exact(block, found, row -> set.block(row, 1));
        System.arraycopy(exact, 0, distances, first, count);
      }
    }
    return new Result(distances, indices);
  }

  /** The distance by differences: a copy has distance 0, not the rounding of a matrix product. */
  private static double[] exact(Tensor queries, long[] found, LongFunction<Tensor> row) {
    double[] distances = new double[found.length];
    for (int i = 0; i < found.length; i++) {
      try (Scope scope = Scope.open()) {
        Tensor neighbour = row.apply(found[i]).to(torch.ScalarType.Double); // [1, d]
        Tensor difference = queries.narrow(0, i, 1).sub(neighbour);
        distances[i] = Math.sqrt(difference.square_().sum().item_double());
      }
    }
    return distances;
  }
}
