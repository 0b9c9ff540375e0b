package io.winnow.nn;

import io.winnow.tensor.Convolutions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Two-dimensional convolution. Works in either memory layout: with {@link Layer#channelsLast}
 * weights the activations stay NHWC from here on.
 */
public final class Conv2d extends Layer {
  private final Tensor weight; // [out, in, k, k]
  private final Tensor bias; // [out], or null
  private final TensorOptional optionalBias;
  private final long[] stride;
  private final long[] padding;

  public Conv2d(int in, int out, int kernel, int stride, int padding, boolean bias) {
    this(in, out, square(kernel), square(stride), square(padding), bias);
  }

  /** A kernel of any form; sizes are {height, width}. */
  public Conv2d(int in, int out, long[] kernel, long[] stride, long[] padding, boolean bias) {
    this.weight = parameter("weight", torch.zeros(out, in, kernel[0], kernel[1]));
    this.bias = bias ? parameter("bias", torch.zeros(out)) : null;
    this.optionalBias = optional(this.bias);
    this.stride = stride.clone();
    this.padding = padding.clone();
  }

  private static long[] square(long side) {
    return new long[] {side, side};
  }

  /** The convolution of the U-Nets: 3x3, padding 1, stride 1, with bias. */
  public static Conv2d same3x3(int in, int out) {
    return new Conv2d(in, out, 3, 1, 1, true);
  }

  /** A convolution that only mixes channels: 1x1, with bias. */
  public static Conv2d pointwise(int in, int out) {
    return new Conv2d(in, out, 1, 1, 0, true);
  }

  /** {@code [B, in, H, W] -> [B, out, H', W']}. */
  public Tensor forward(Tensor x) {
    return forward(x, weight, optionalBias);
  }

  /** The same geometry with other weights. */
  Tensor forward(Tensor x, Tensor otherWeight, TensorOptional otherBias) {
    return Convolutions.convolve(x, otherWeight, otherBias, stride, padding);
  }

  /** Weight, then bias: uniform over +-1/sqrt(fan-in), from the engine's global generator. */
  public void initAsTorch() {
    long fanIn = weight.size(1) * weight.size(2) * weight.size(3);
    Init.uniformByFanIn(weight, bias, fanIn);
  }
}
