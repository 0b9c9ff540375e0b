package io.winnow.nn;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** An affine map of the last dimension. */
public final class Linear extends Layer {
  private static final long[] UNIT = {1, 1};
  private static final long[] NO_PADDING = {0, 0};

  private final Tensor weight; // [out, in]
  private final Tensor bias; // [out], or null
  private final TensorOptional optionalBias;

  public Linear(int in, int out, boolean bias) {
    this.weight = parameter("weight", torch.zeros(out, in));
    this.bias = bias ? parameter("bias", torch.zeros(out)) : null;
    this.optionalBias = Init.optional(this.bias);
  }

  /** With bias. */
  public Linear(int in, int out) {
    this(in, out, true);
  }

  /** {@code [..., in] -> [..., out]}. */
  public Tensor forward(Tensor x) {
    return torch.linear(x, weight, optionalBias);
  }

  /**
   * The same map at every pixel, as a 1x1 convolution: that uses all of the engine's threads, where
   * its matrix products use the BLAS's one.
   *
   * @param x [B, in, H, W]
   * @return {@code [B, out, H, W]}
   */
  public Tensor atPixels(Tensor x) {
    Tensor kernel = weight.unsqueeze(-1).unsqueeze(-1); // [out, in, 1, 1]
    return torch.conv2d(x, kernel, optionalBias, UNIT, NO_PADDING, UNIT, 1);
  }

  /** Weight, then bias: uniform over +-1/sqrt(in), from the engine's global generator. */
  public void initAsTorch() {
    Init.uniformByFanIn(weight, bias, weight.size(1));
  }
}
