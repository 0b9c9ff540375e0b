package io.winnow.diffusion;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Bytes to the range of the forward process and back. */
public final class Pixels {
  private Pixels() {}

  /**
   * 2 (p / 255) - 1, in that order of roundings.
   *
   * @param pixels uint8, any shape
   * @return float32 in [-1, 1], same shape
   */
  public static Tensor fromUint8(Tensor pixels) {
    Tensor unit = pixels.to(torch.ScalarType.Float).div(new Scalar(255.0)); // in [0, 1]
    return unit.mul(new Scalar(2.0)).sub(new Scalar(1.0));
  }

  /**
   * floor(255 v + 0.5) of v = (x + 1) / 2, clamped to bytes: FutureXiang's (torchvision's) rule.
   *
   * @param x samples, float32, about [-1, 1]
   * @return uint8, same shape
   */
  public static Tensor toUint8Fx(Tensor x) {
    Tensor v = x.add(new Scalar(1.0)).div(new Scalar(2.0));
    return clamp(v.mul(new Scalar(255.0)).add(new Scalar(0.5)), 0, 255).to(torch.ScalarType.Byte);
  }

  /**
   * x / 2 + 0.5, clamped to [0, 1]: diffusers' rule.
   *
   * @param x samples, float32, about [-1, 1]
   * @return float32 in [0, 1], same shape
   */
  public static Tensor toUnit(Tensor x) {
    return clamp(x.div(new Scalar(2.0)).add(new Scalar(0.5)), 0, 1);
  }

  /**
   * 255 v rounded half to even, with v of {@link #toUnit}: diffusers' rule.
   *
   * @param x samples, float32, about [-1, 1]
   * @return uint8, same shape
   */
  public static Tensor toUint8Diffusers(Tensor x) {
    return toUnit(x).mul(new Scalar(255.0)).round().to(torch.ScalarType.Byte);
  }

  /**
   * 127.5 (x + 1), clamped to bytes and cut off: MDT's and DiT's rule.
   *
   * @param x samples, float32, about [-1, 1]
   * @return uint8, same shape
   */
  public static Tensor toUint8Truncated(Tensor x) {
    return clamp(x.add(new Scalar(1.0)).mul(new Scalar(127.5)), 0, 255).to(torch.ScalarType.Byte);
  }

  static Tensor clamp(Tensor x, double low, double high) {
    return x.clamp(new ScalarOptional(new Scalar(low)), new ScalarOptional(new Scalar(high)));
  }
}
