package io.winnow.nn;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** A table of vectors, one per index. */
public final class Embedding extends Layer {
  private final Tensor weight; // [K, D]

  public Embedding(int rows, int width) {
    this.weight = parameter("weight", torch.zeros(rows, width));
  }

  /**
   * Looks up one row per index.
   *
   * @param index rows of the table, int64, any shape [...]
   * @return {@code [..., D]}
   */
  public Tensor forward(Tensor index) {
    return torch.embedding(weight, index);
  }

  /** Standard normal, from the engine's global generator. */
  public void initAsTorch() {
    Init.normal(weight, 1);
  }
}
