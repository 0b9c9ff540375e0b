package io.winnow.model.resnet;

import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Reads a network's sizes off a state dict. */
final class StateShapes {
  private StateShapes() {}

  /** The first size of a tensor: the outputs of a convolution or of a head. */
  static int rows(Map<String, Tensor> state, String key) {
    Tensor tensor = state.get(key);
    if (tensor == null || tensor.dim() < 1) {
      throw new IllegalArgumentException(
          "state dict: no weights under " + key + "; expected a residual network for images");
    }
    return Math.toIntExact(tensor.size(0));
  }
}
