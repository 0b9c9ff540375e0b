package io.winnow.tensor;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Count, mean and scatter matrix M = sum (z - m)(z - m)^T of a stream of rows, in float64, in
 * memory that does not grow with the stream.
 *
 * <p>Rows gather in blocks of {@link #BLOCK}; a full block is centred on its own mean, squared with
 * one matrix product and merged (Chan, Golub and LeVeque, 1979):
 *
 * <pre>{@code
 * delta = m_b - m_a      m = m_a + delta N_b / N      M = M_a + M_b + (N_a N_b / N) delta delta^T
 * }</pre>
 *
 * <p>Block borders depend on the number of rows alone, so the same rows in the same order give the
 * same bits however they were cut into batches; another order, or a merge of parts, agrees to
 * rounding. The raw form, sum z z^T - N m m^T, would lose every digit on features far from zero.
 */
public final class Moments implements AutoCloseable {
  /** Rows per block: long enough for the matrix product to run at full speed. */
  static final int BLOCK = 2048;

  private final int dimension;
  private final Tensor mean; // [d]
  private final Tensor scatter; // [d, d], lower triangle
  private final Tensor pending; // [BLOCK, d], the first rows are filled
  private int filled;
  private long count;
  private boolean spent; // the scatter matrix is somebody's covariance now

  /**
   * Statistics of no row yet. Native memory: (BLOCK + d) * d * 8 bytes until {@link #close()}.
   *
   * @param dimension d, values per row
   */
  public Moments(int dimension) {
    if (dimension < 1) {
      throw new IllegalArgumentException(
          "Moments: dimension " + dimension + "; expected at least 1.");
    }
    this.dimension = dimension;
    try (Scope scope = Scope.open()) {
      this.mean = Scope.immortal(LinearAlgebra.zeros(dimension));
      this.scatter = Scope.immortal(LinearAlgebra.zeros(dimension, dimension));
      this.pending = Scope.immortal(LinearAlgebra.empty(BLOCK, dimension));
    }
  }

  /** Statistics of all rows of a matrix, [n, d], any real dtype. */
  public static Moments of(Tensor rows) {
    Moments moments = new Moments(Math.toIntExact(rows.size(1)));
    moments.add(rows);
    return moments;
  }

  /**
   * Takes rows in.
   *
   * @param rows [n, d], any real dtype, any device; widened to float64 before anything else
   */
  public void add(Tensor rows) {
    Shapes.require(rows, "Moments rows", Shapes.ANY, dimension);
    int total = Math.toIntExact(rows.size(0));
    int first = 0;
    while (first < total) {
      int taken = Math.min(BLOCK - filled, total - first);
      try (Scope scope = Scope.open()) {
        pending.narrow(0, filled, taken).copy_(rows.detach().narrow(0, first, taken));
      }
      filled += taken;
      first += taken;
      if (filled == BLOCK) {
        flush();
      }
    }
  }

  /** Takes in all that another one has seen; the other is unchanged in value. */
  public void merge(Moments other) {
    if (other.dimension != dimension) {
      throw new IllegalArgumentException(
          "Moments merge: dimension " + other.dimension + ", expected " + dimension + ".");
    }
    flush();
    other.flush();
    if (other.count == 0) {
      return;
    }
    try (Scope scope = Scope.open()) {
      scatter.add_(other.scatter);
      moveTo(other.mean, other.count);
    }
  }

  /** Rows seen. */
  public long count() {
    return count + filled;
  }

  public int dimension() {
    return dimension;
  }

  /** m, [d], float64, a copy. */
  public Tensor mean() {
    flush();
    return mean.clone();
  }

  /** M, [d, d], float64, symmetric, a copy. */
  public Tensor scatter() {
    flush();
    try (Scope scope = Scope.open()) {
      return scope.keep(LinearAlgebra.symmetric(scatter));
    }
  }

  /**
   * M / divisor, [d, d], float64: the count for the maximum-likelihood covariance, count - 1 for
   * the unbiased one.
   */
  public Tensor covariance(long divisor) {
    requirePositive(divisor);
    flush();
    try (Scope scope = Scope.open()) {
      return scope.keep(LinearAlgebra.symmetric(scatter.div(new Scalar((double) divisor))));
    }
  }

  /**
   * The lower triangle of {@link #covariance}, which is all that a Cholesky factor reads, in the
   * memory of these statistics: they take and give nothing more until {@link #clear()}.
   *
   * @return [d, d], float64, anything above the diagonal; the caller may change it and does not
   *     free it
   */
  public Tensor becomeLowerCovariance(long divisor) {
    requirePositive(divisor);
    flush();
    spent = true;
    return scatter.div_(new Scalar((double) divisor));
  }

  /** Forgets every row and keeps the memory for others. */
  public void clear() {
    try (Scope scope = Scope.open()) {
      mean.zero_();
      scatter.zero_();
    }
    filled = 0;
    count = 0;
    spent = false;
  }

  private void requirePositive(long divisor) {
    if (divisor < 1) {
      throw new IllegalArgumentException(
          "Moments covariance: divisor "
              + divisor
              + " from "
              + count()
              + " rows; expected at least 1. Give more rows.");
    }
  }

  @Override
  public void close() {
    mean.close();
    scatter.close();
    pending.close();
  }

  private void flush() {
    if (spent) {
      throw new IllegalStateException("Moments: used after becomeLowerCovariance; clear() first");
    }
    if (filled == 0) {
      return;
    }
    try (Scope scope = Scope.open()) {
      Tensor block = pending.narrow(0, 0, filled); // [b, d]
      Tensor blockMean = block.mean(0); // [d]
      block.sub_(blockMean);
      LinearAlgebra.addGram(block, scatter);
      moveTo(blockMean, filled);
    }
    filled = 0;
  }

  /** The rest of a merge, once the other's scatter is in: the mean's shift and its share. */
  private void moveTo(Tensor otherMean, long otherCount) {
    double total = (double) count + otherCount;
    Tensor delta = otherMean.sub(mean); // [d]
    if (count > 0) {
      LinearAlgebra.addOuter(delta, count * (otherCount / total), scatter);
    }
    mean.add_(delta, new Scalar(otherCount / total));
    count += otherCount;
  }
}
