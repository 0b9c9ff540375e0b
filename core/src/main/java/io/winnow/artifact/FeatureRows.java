package io.winnow.artifact;

import io.winnow.tensor.Tensors;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Where the rows of features lie: in memory, or in files. */
interface FeatureRows extends AutoCloseable {
  long rows();

  /** Consecutive rows, [count, d] float32, in the caller's scope. */
  Tensor block(long first, int count);

  /** Rows by position, [n, d] float32, in the caller's scope. */
  Tensor gather(int[] positions);

  @Override
  void close();

  /** Rows in memory, none of them copied. */
  record InMemory(List<float[]> values, int dimension) implements FeatureRows {
    @Override
    public long rows() {
      return values.size();
    }

    @Override
    public Tensor block(long first, int count) {
      float[] flat = new float[Math.multiplyExact(count, dimension)];
      for (int i = 0; i < count; i++) {
        System.arraycopy(values.get(Math.toIntExact(first + i)), 0, flat, i * dimension, dimension);
      }
      return Tensors.of(flat, count, dimension);
    }

    @Override
    public Tensor gather(int[] positions) {
      float[] flat = new float[Math.multiplyExact(positions.length, dimension)];
      for (int i = 0; i < positions.length; i++) {
        System.arraycopy(values.get(positions[i]), 0, flat, i * dimension, dimension);
      }
      return Tensors.of(flat, positions.length, dimension);
    }

    @Override
    public void close() {}
  }
}
