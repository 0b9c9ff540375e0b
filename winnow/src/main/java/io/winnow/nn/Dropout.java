package io.winnow.nn;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Sets values to zero with a probability and scales the rest, in training only. The mask comes from
 * the engine's global generator.
 */
public final class Dropout extends Layer {
  private final double probability;

  public Dropout(double probability) {
    this.probability = probability;
  }

  /** Same shape out as in. */
  public Tensor forward(Tensor x) {
    return probability > 0 && training() ? torch.dropout(x, probability, true) : x;
  }
}
