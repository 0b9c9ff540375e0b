package io.winnow.nn;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Normalisation of the last dimension with a learnable scale and shift, which start at 1 and 0. */
public final class LayerNorm extends Layer {
  private final TensorOptional weight; // [D]
  private final TensorOptional bias; // [D]
  private final long[] shape;
  private final double eps;

  public LayerNorm(int width, double eps) {
    this.weight = optional(parameter("weight", torch.ones(width)));
    this.bias = optional(parameter("bias", torch.zeros(width)));
    this.shape = new long[] {width};
    this.eps = eps;
  }

  /** {@code [..., D] -> [..., D]}. */
  public Tensor forward(Tensor x) {
    return torch.layer_norm(x, shape, weight, bias, eps, true);
  }
}
