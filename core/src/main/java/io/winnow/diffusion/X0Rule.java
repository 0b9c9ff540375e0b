package io.winnow.diffusion;

import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** What becomes of a predicted clean image before the step uses it. */
@FunctionalInterface
interface X0Rule {
  /** {@code [B, C, H, W] -> [B, C, H, W]}. */
  Tensor apply(Tensor x0);

  static X0Rule clip(double range) {
    return x0 -> Pixels.clamp(x0, -range, range);
  }

  static X0Rule of(SchedulerConfig config) {
    if (config.thresholding()) {
      return x0 -> threshold(x0, config.dynamicThresholdingRatio(), config.sampleMaxValue());
    }
    return config.clipSample() ? clip(config.clipSampleRange()) : x0 -> x0;
  }

  /**
   * Dynamic thresholding (Saharia et al., 2022): clips each image at s, the quantile of its |x0|
   * clamped to [1, largest], and divides by s.
   */
  private static Tensor threshold(Tensor x0, double ratio, double largest) {
    Tensor s =
        torch.quantile(
            x0.flatten(1, -1).abs(), ratio, new LongOptional(1), true, "linear"); // [B,1]
    Tensor limit = Pixels.clamp(s, 1, Math.max(1, largest)).view(-1, 1, 1, 1); // [B, 1, 1, 1]
    return torch.minimum(torch.maximum(x0, limit.mul(new Scalar(-1.0))), limit).div(limit);
  }
}
