package io.winnow.nn;

import io.winnow.tensor.Convolutions;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
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
    this.optionalBias = optional(this.bias);
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
    return Convolutions.convolve(x, kernel, optionalBias, UNIT, NO_PADDING);
  }

  /**
   * Several maps of the same input at every pixel, as one convolution: the input is read once.
   *
   * @param x [B, in, H, W]
   * @param maps n maps with biases and as many outputs each
   * @return {@code [B, n out, H, W]}, the outputs one after another
   */
  static Tensor atPixels(Tensor x, List<Linear> maps) {
    Tensor kernel = torch.cat(vector(maps, map -> map.weight)); // [n out, in]
    Tensor shift = torch.cat(vector(maps, map -> map.bias)); // [n out]
    return Convolutions.convolve(
        x, kernel.unsqueeze(-1).unsqueeze(-1), new TensorOptional(shift), UNIT, NO_PADDING);
  }

  private static TensorVector vector(List<Linear> maps, Function<Linear, Tensor> part) {
    return new TensorVector(maps.stream().map(part).toArray(Tensor[]::new));
  }

  /** Weight, then bias: uniform over +-1/sqrt(in), from the engine's global generator. */
  public void initAsTorch() {
    Init.uniformByFanIn(weight, bias, weight.size(1));
  }
}
