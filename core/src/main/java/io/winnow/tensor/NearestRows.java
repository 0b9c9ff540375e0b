package io.winnow.tensor;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The k nearest rows of a stream for each of some queries, block by block. Its tensors belong to
 * the scope in which it was made.
 *
 * <p>Distances are taken around the queries' mean, which costs nothing and saves digits; where a
 * distance itself is the result and may be small, take it again from {@link #indices()}.
 */
public final class NearestRows {
  private final Tensor shift; // [d]
  private final Tensor queries; // [n, d], shifted
  private final Tensor squared; // [n, k]
  private final Tensor indices; // [n, k]

  /**
   * Neighbours of no row yet.
   *
   * @param queries [n, d], any real dtype, any device
   * @param k neighbours to keep; the stream must have at least as many rows
   */
  public NearestRows(Tensor queries, long k) {
    Tensor wide = queries.detach().to(torch.ScalarType.Double);
    this.shift = wide.mean(0);
    this.queries = wide.sub(shift);
    this.squared = wide.new_full(new long[] {wide.size(0), k}, new Scalar(Double.MAX_VALUE));
    this.indices = torch.zeros_like(squared).to(torch.ScalarType.Long);
  }

  /**
   * Takes the next rows of the stream.
   *
   * @param block [m, d], any real dtype, on the queries' device
   * @param firstIndex index of its first row
   */
  public void offer(Tensor block, long firstIndex) {
    try (Scope scope = Scope.open()) {
      Tensor candidates = block.detach().to(torch.ScalarType.Double).sub(shift); // [m, d]
      Tensor distances = Distances.squared(queries, candidates); // [n, m]
      long few = Math.min(squared.size(1), candidates.size(0));
      T_TensorTensor_T least = torch.topk(distances, few, 1, false, false);
      Tensor found = least.get1().add(new Scalar(firstIndex)); // [n, few]
      Tensor both = torch.cat(new TensorVector(squared, least.get0()), 1);
      Tensor bothIndices = torch.cat(new TensorVector(indices, found), 1);
      T_TensorTensor_T kept = torch.topk(both, squared.size(1), 1, false, true);
      squared.copy_(kept.get0());
      indices.copy_(bothIndices.gather(1, kept.get1()));
    }
  }

  /** Squared distances, ascending along a row, [n, k], float64. */
  public Tensor squared() {
    return squared;
  }

  /** Indices within the stream, nearest first, [n, k], int64. */
  public Tensor indices() {
    return indices;
  }
}
