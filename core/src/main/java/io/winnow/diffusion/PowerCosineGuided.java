package io.winnow.diffusion;

import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Classifier-free guidance whose strength grows as the noise falls (Gao et al., 2023; sail-sg/MDT):
 * e = e_u + s_t (e_c - e_u) with
 *
 * <p>s_t = 1 + (scale - 1) (1 - cos(pi (1 - t/T)^power)) / 2,
 *
 * <p>so 1 where all is noise and {@code scale} at the end. Only the first channels are guided; the
 * others, and a learnt variance, are those of the conditional pass. For one strength at all times
 * and channels see {@link Guided}.
 */
public final class PowerCosineGuided implements Denoiser {
  /** Channels that the published code guides, of the four of a latent. */
  public static final int PUBLISHED_CHANNELS = 3;

  private static final Scalar ONE = Tensors.constant(1);

  private final Denoiser inner;
  private final int nullClass;
  private final Rule rule;

  /**
   * How strong, where.
   *
   * @param guidanceScale s at t = 0, at least 1, which is no guidance; the 3.8 of the paper
   * @param power larger is later; 4 in the published code
   * @param trainSteps T
   * @param channels how many channels are guided: {@link #PUBLISHED_CHANNELS}, or all that stand
   *     for noise
   */
  public record Rule(double guidanceScale, double power, int trainSteps, int channels) {
    public Rule {
      if (!(guidanceScale >= 1 && power > 0 && trainSteps >= 1 && channels >= 1)) {
        throw new IllegalArgumentException(
            String.format(
                "guidance: scale %s, power %s, %d steps, %d channels; expected a scale of at least 1"
                    + " (no guidance) and the others above 0.",
                guidanceScale, power, trainSteps, channels));
      }
    }

    /**
     * s_t.
     *
     * @param t steps of the training's process, any shape
     * @return float32, same shape
     */
    public Tensor scale(Tensor t) {
      Tensor left = t.to(torch.ScalarType.Float).div(new Scalar((double) trainSteps)).neg();
      Tensor angle = left.add(ONE).pow(new Scalar(power)).mul(new Scalar(Math.PI));
      Tensor share = angle.cos().neg().add(ONE).div(new Scalar(2.0)); // in [0, 1]
      return share.mul(new Scalar(guidanceScale - 1)).add(ONE);
    }
  }

  /**
   * Wraps a class-conditional network.
   *
   * @param nullClass the label that stands for "no class"
   */
  public PowerCosineGuided(Denoiser inner, Rule rule, int nullClass) {
    this.inner = inner;
    this.rule = rule;
    this.nullClass = nullClass;
  }

  @Override
  public Prediction predict(Tensor xt, Tensor t, Condition condition) {
    return both(xt, t, condition).map(passes -> passes.narrow(0, 0, xt.size(0))); // [B, C, H, W]
  }

  /**
   * The conditional pass, then the one without a class, each with the guided channels in the place
   * of its own; the published sampler carries both.
   *
   * @return {@code [2B, C, H, W]}, float32
   */
  public Prediction both(Tensor xt, Tensor t, Condition condition) {
    Condition twice = condition.followedBy(condition.withoutClass(nullClass)); // [2B]
    Tensor times = t.numel() == 1 ? t : twice(t, t); // [2B]
    Prediction both =
        inner
            .predict(twice(xt, xt), times, twice)
            .map(channels -> channels.to(torch.ScalarType.Float)); // [2B, C, H, W]
    return both.withValue(guided(both.value(), t));
  }

  /** Both passes with their first channels guided, [2B, C, H, W]. */
  private Tensor guided(Tensor output, Tensor t) {
    long channels = rule.channels();
    if (channels > output.size(1)) {
      throw new IllegalArgumentException(
          "guidance: %d channels are guided, but the network has %d"
              .formatted(channels, output.size(1)));
    }
    TensorVector guided = output.narrow(1, 0, channels).chunk(2, 0); // [B, channels, H, W] each
    Tensor scale = rule.scale(t).view(-1, 1, 1, 1); // [B, 1, 1, 1]
    Tensor difference = guided.get(0).sub(guided.get(1));
    Tensor e = guided.get(1).add(scale.mul(difference)); // [B, channels, H, W]
    Tensor rest = output.narrow(1, channels, output.size(1) - channels);
    return torch.cat(new TensorVector(twice(e, e), rest), 1);
  }

  private static Tensor twice(Tensor a, Tensor b) {
    return torch.cat(new TensorVector(a, b), 0);
  }
}
