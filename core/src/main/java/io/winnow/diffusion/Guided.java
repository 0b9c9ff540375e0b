package io.winnow.diffusion;

import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Classifier-free guidance: (1 + w) f(x, t, y) - w f(x, t, null) (section III-A of the paper; Ho
 * and Salimans, 2022); eps, v and x0 are linear in each other, so the formula is the same for all.
 * Both halves go through the network as one batch of 2B and are combined in float32. w = 0 is the
 * conditional network itself. In the convention of a guidance scale s, s = 1 + w. Where the network
 * learns the variance, too, it is that of the conditional pass.
 */
public final class Guided implements Denoiser {
  private static final int NO_CLASS = -1;

  private final Denoiser inner;
  private final double guidanceWeight;
  private final int nullClass;
  private final Scalar onePlusW;
  private final Scalar w;

  /**
   * Wraps a class-conditional network.
   *
   * @param guidanceWeight w >= 0
   * @param nullClass the label that stands for "no class"
   */
  public Guided(Denoiser inner, double guidanceWeight, int nullClass) {
    if (!(guidanceWeight >= 0)) {
      throw new IllegalArgumentException(
          "guidanceWeight: "
              + guidanceWeight
              + " is below 0; expected w >= 0, where 0 is no guidance. A guidance scale s is s = 1"
              + " + w.");
    }
    this.inner = inner;
    this.guidanceWeight = guidanceWeight;
    this.nullClass = nullClass;
    this.onePlusW = Tensors.constant(1 + guidanceWeight);
    this.w = Tensors.constant(guidanceWeight);
  }

  /**
   * Wraps a network that is told texts, {@link Condition#ofPrompts}.
   *
   * @param guidanceWeight w >= 0; a guidance scale s is s = 1 + w
   */
  public static Guided byPrompts(Denoiser inner, double guidanceWeight) {
    return new Guided(inner, guidanceWeight, NO_CLASS);
  }

  @Override
  public Prediction predict(Tensor xt, Tensor t, Condition condition) {
    if (guidanceWeight == 0) {
      return inner.predict(xt, t, condition);
    }
    Condition twice = condition.followedBy(condition.withoutClass(nullClass)); // [2B]
    Tensor times = t.numel() == 1 ? t : twice(t, t); // [2B]
    Prediction both =
        inner
            .predict(twice(xt, xt), times, twice)
            .map(channels -> channels.to(torch.ScalarType.Float)); // [2B, C, H, W]
    TensorVector halves = both.value().chunk(2, 0);
    Tensor guided = halves.get(0).mul(onePlusW).sub(halves.get(1).mul(w)); // [B, C, H, W]
    return both.map(channels -> channels.narrow(0, 0, xt.size(0))).withValue(guided);
  }

  private static Tensor twice(Tensor a, Tensor b) {
    return torch.cat(new TensorVector(a, b), 0);
  }
}
