package io.winnow.tensor;

import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Convolutions that are right on any processor. oneDNN 3.7.1, which LibTorch 2.10 brings, gives
 * wrong ones on some (seen on an AVX-512 AMD whose caches the system does not tell): outputs or
 * gradients of pointwise kernels, and of channels that are no multiple of 32. So two of them are
 * tried at the start of a process; where one is wrong, pointwise kernels are computed as products
 * of matrices, and channels are filled up with zeros. Elsewhere nothing changes.
 */
public final class Convolutions {
  private static final long[] UNIT = {1, 1};
  private static final long BLOCK = 32;
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
    return SOUND || !x.is_cpu()
        ? torch.conv2d(x, weight, bias, stride, padding, UNIT, 1)
        : around(x, weight, bias, stride, padding);
  }

  /** The same by kernels of the engine that are right everywhere. */
  static Tensor around(
      Tensor x, Tensor weight, TensorOptional bias, long[] stride, long[] padding) {
    return weight.size(2) * weight.size(3) == 1
        ? pointwise(x, weight, bias, stride, padding)
        : filled(x, weight, bias, stride, padding);
  }

  private static Tensor pointwise(
      Tensor x, Tensor weight, TensorOptional bias, long[] stride, long[] padding) {
    boolean channelsLast = isChannelsLast(x);
    if (padding[0] + padding[1] > 0) {
      x = torch.constant_pad_nd(x, padding[1], padding[1], padding[0], padding[0]);
    }
    for (int side = 0; side < 2; side++) {
      x = stride[side] == 1 ? x : every(x, 2 + side, stride[side]);
    }
    Tensor matrix = weight.flatten(1, -1);
    if (channelsLast) {
      return torch.linear(x.permute(0, 2, 3, 1), matrix, bias).permute(0, 3, 1, 2);
    }
    Tensor y = torch.matmul(matrix, x.flatten(2, -1)).view(x.size(0), -1, x.size(2), x.size(3));
    return bias.has_value() ? y.add(bias.get().view(1, -1, 1, 1)) : y;
  }

  private static Tensor every(Tensor x, long axis, long step) {
    return x.slice(axis, new LongOptional(0), new LongOptional(x.size(axis)), step);
  }

  /** Channels filled up with zeros to whole blocks. */
  private static Tensor filled(
      Tensor x, Tensor weight, TensorOptional bias, long[] stride, long[] padding) {
    long in = Math.floorMod(-weight.size(1), BLOCK);
    long out = Math.floorMod(-weight.size(0), BLOCK);
    if (in + out == 0) {
      return torch.conv2d(x, weight, bias, stride, padding, UNIT, 1);
    }
    Tensor wide = torch.constant_pad_nd(x, 0, 0, 0, 0, 0, in);
    Tensor kernels = torch.constant_pad_nd(weight, 0, 0, 0, 0, 0, in, 0, out);
    TensorOptional shift =
        bias.has_value() ? new TensorOptional(torch.constant_pad_nd(bias.get(), 0, out)) : bias;
    Tensor y = torch.conv2d(wide, kernels, shift, stride, padding, UNIT, 1);
    return y.narrow(1, 0, weight.size(0))
        .contiguous(
            isChannelsLast(x) ? torch.MemoryFormat.ChannelsLast : torch.MemoryFormat.Contiguous);
  }

  private static boolean isChannelsLast(Tensor x) {
    return x.is_contiguous(torch.MemoryFormat.ChannelsLast) && !x.is_contiguous();
  }

  /** The same by columns of patches (im2col). */
  static Tensor product(
      Tensor x, Tensor weight, TensorOptional bias, long[] stride, long[] padding) {
    long[] kernel = {weight.size(2), weight.size(3)};
    long height = (x.size(2) + 2 * padding[0] - kernel[0]) / stride[0] + 1;
    long width = (x.size(3) + 2 * padding[1] - kernel[1]) / stride[1] + 1;
    Tensor columns = torch.im2col(x, kernel, UNIT, padding, stride); // [B, in h w, H' W']
    Tensor y = torch.matmul(weight.flatten(1, -1), columns); // [B, out, H' W']
    y = y.view(x.size(0), weight.size(0), height, width);
    y = bias.has_value() ? y.add(bias.get().view(1, -1, 1, 1)) : y;
    return isChannelsLast(x) ? y.contiguous(torch.MemoryFormat.ChannelsLast) : y;
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
