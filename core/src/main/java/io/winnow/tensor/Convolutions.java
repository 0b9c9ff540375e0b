package io.winnow.tensor;

import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Convolutions that are right on any processor. oneDNN 3.7.1, which LibTorch 2.10 brings, gives
 * wrong ones on some (seen on an AVX-512 AMD whose caches the system does not tell): outputs or
 * gradients of pointwise kernels, and of channels that are no multiple of 16. So two of them are
 * tried at the start of a process; where one is wrong, such shapes are computed as products of
 * matrices. Elsewhere nothing changes.
 */
public final class Convolutions {
  private static final long[] UNIT = {1, 1};
  private static final long BLOCK = 16;
  private static final double BOUND = 1e-3;
  private static final boolean SOUND = pointwiseIsSound() && oddChannelsAreSound();

  private Convolutions() {}

  /** Whether the engine's own kernels are right here. */
  public static boolean sound() {
    return SOUND;
  }

  /**
   * A convolution without groups and dilation; differentiable.
   *
   * @param x [B, in, H, W], contiguous or channels-last, and so is the result
   * @param weight [out, in, h, w]
   * @return [B, out, H', W']
   */
  public static Tensor convolve(
      Tensor x, Tensor weight, TensorOptional bias, long[] stride, long[] padding) {
    return SOUND || !x.is_cpu() || !risky(weight)
        ? torch.conv2d(x, weight, bias, stride, padding, UNIT, 1)
        : product(x, weight, bias, stride, padding);
  }

  private static boolean risky(Tensor weight) {
    return weight.size(2) * weight.size(3) == 1
        || weight.size(0) % BLOCK != 0
        || weight.size(1) % BLOCK != 0;
  }

  /** The same by columns of patches (im2col). */
  static Tensor product(
      Tensor x, Tensor weight, TensorOptional bias, long[] stride, long[] padding) {
    boolean channelsLast = x.is_contiguous(torch.MemoryFormat.ChannelsLast) && !x.is_contiguous();
    long[] kernel = {weight.size(2), weight.size(3)};
    long height = (x.size(2) + 2 * padding[0] - kernel[0]) / stride[0] + 1;
    long width = (x.size(3) + 2 * padding[1] - kernel[1]) / stride[1] + 1;
    Tensor columns = torch.im2col(x, kernel, UNIT, padding, stride); // [B, in h w, H' W']
    Tensor y = torch.matmul(weight.flatten(1, -1), columns); // [B, out, H' W']
    y = y.view(x.size(0), weight.size(0), height, width);
    y = bias.has_value() ? y.add(bias.get().view(1, -1, 1, 1)) : y;
    return channelsLast ? y.contiguous(torch.MemoryFormat.ChannelsLast) : y;
  }

  /** 512 outputs of 1 x 1, channels-last. */
  private static boolean pointwiseIsSound() {
    return agrees(new long[] {8, 256, 4, 4}, new long[] {512, 256, 1, 1}, 0, true);
  }

  /** 24 channels of 3 x 3, more than one image. */
  private static boolean oddChannelsAreSound() {
    return agrees(new long[] {2, 24, 8, 8}, new long[] {24, 24, 3, 3}, 1, false);
  }

  private static boolean agrees(long[] image, long[] kernel, long pad, boolean channelsLast) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor x = waves(image);
      Tensor weight = waves(kernel);
      long[] padding = {pad, pad};
      TensorOptional none = new TensorOptional();
      Tensor expected = product(x, weight, none, UNIT, padding);
      if (channelsLast) {
        x = x.contiguous(torch.MemoryFormat.ChannelsLast);
        weight = weight.contiguous(torch.MemoryFormat.ChannelsLast);
      }
      Tensor found = torch.conv2d(x, weight, none, UNIT, padding, UNIT, 1);
      double error = found.sub(expected).norm().item_double();
      return error <= BOUND * expected.norm().item_double(); // false for NaN
    }
  }

  /** Numbers in [-1, 1] that no two elements share. */
  private static Tensor waves(long[] shape) {
    long size = 1;
    for (long side : shape) {
      size *= side;
    }
    return torch.arange(new Scalar(size)).to(torch.ScalarType.Float).sin().view(shape);
  }
}
