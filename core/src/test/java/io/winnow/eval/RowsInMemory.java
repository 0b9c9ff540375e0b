package io.winnow.eval;

import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/** A labelled set as one matrix, [N, d]. */
@SuppressWarnings("ArrayRecordComponent") // handed over by tests
public record RowsInMemory(Tensor features, int[] labels) implements LabelledRows {
  @Override
  public int dimension() {
    return Math.toIntExact(features.size(1));
  }

  @Override
  public Tensor gather(int[] positions) {
    return features.index_select(0, Tensors.ofInts(positions));
  }
}
