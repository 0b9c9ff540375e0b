package io.winnow.diffusion;

import io.winnow.config.OrNull;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Sampling on a respaced process (Nichol and Dhariwal, 2021; sail-sg/MDT, {@code
 * gaussian_diffusion.py}). With the tables of the respaced process:
 *
 * <p>x0 = sqrt(1/alphaBar) x - sqrt(1/alphaBar - 1) eps; x' = coef1 x0 + coef2 x + [k > 0] sigma z.
 * A learnt variance v is log sigma^2 = f log(beta) + (1 - f) log(posterior), f = (v + 1) / 2.
 * {@link #ddim} takes the deterministic step of DDIM (Song et al., 2021) or a share eta of its
 * noise on the same process; a learnt variance is then not used.
 */
public final class IddpmSampler implements Sampler {
  private final double[] beta; // [n], by k ascending, as all tables
  private final double[] alphaBar;
  private final double[] alphaBarPrevious;
  private final double[] posteriorLogVariance;
  private final double[] meanOfX0;
  private final double[] meanOfXt;
  private final int[] timesteps; // [n], descending
  private final X0Rule x0Rule;
  private final SchedulerConfig.Variance variance;
  private final SamplingLoop loop;

  /** How a step goes on from the predicted clean images. */
  @FunctionalInterface
  private interface Rule {
    Tensor next(int k, Tensor x, Tensor x0, @OrNull Tensor learnt, Tensor z);
  }

  private IddpmSampler(SchedulerConfig scheduler, String sections, boolean ddim, double eta) {
    Respacing respacing = Respacing.of(new NoiseSchedule(scheduler.schedule()), sections);
    NoiseSchedule tables = respacing.schedule();
    this.beta = tables.betas();
    this.alphaBar = tables.alphaBar();
    this.alphaBarPrevious = tables.alphaBarPrevious();
    this.posteriorLogVariance = tables.posteriorLogVarianceClipped();
    this.meanOfX0 = tables.posteriorMeanOfX0();
    this.meanOfXt = tables.posteriorMeanOfXt();
    this.timesteps = reversed(respacing.timesteps());
    this.x0Rule = X0Rule.of(scheduler);
    this.variance = scheduler.variance();
    Rule rule = ddim ? (k, x, x0, learnt, z) -> ddimStep(k, x, x0, z, eta) : this::ancestralStep;
    boolean draws = !ddim || eta > 0;
    this.loop =
        new SamplingLoop(
            timesteps, scheduler, (k, x, said, noise) -> step(rule, draws, k, x, said, noise));
  }

  /**
   * The ancestral sampler.
   *
   * @param scheduler that the network was trained with; its variance, clipping and parameterization
   *     count
   * @param sections see {@link Respacing#of}
   */
  public static IddpmSampler ancestral(SchedulerConfig scheduler, String sections) {
    return new IddpmSampler(scheduler, sections, false, 0);
  }

  /**
   * DDIM on the respaced process.
   *
   * @param eta in [0, 1]: 0 is deterministic, 1 ancestral
   */
  public static IddpmSampler ddim(SchedulerConfig scheduler, String sections, double eta) {
    if (!(eta >= 0 && eta <= 1)) {
      throw new IllegalArgumentException(
          "IddpmSampler eta: " + eta + " is not in [0, 1]; 0 is deterministic, 1 is ancestral");
    }
    return new IddpmSampler(scheduler, sections, true, eta);
  }

  private static int[] reversed(int[] ascending) {
    int[] descending = new int[ascending.length];
    for (int k = 0; k < ascending.length; k++) {
      descending[k] = ascending[ascending.length - 1 - k];
    }
    return descending;
  }

  @Override
  public int[] timesteps() {
    return timesteps.clone();
  }

  @Override
  public Tensor sample(
      Denoiser denoiser, Tensor xT, Condition condition, StepNoise noise, SampleListener listener) {
    return loop.run(denoiser, xT, condition, noise, listener);
  }

  private SamplingLoop.Moved step(
      Rule rule, boolean draws, int step, Tensor x, Prediction predicted, StepNoise noise) {
    int k = timesteps.length - 1 - step;
    double ratio = 1 / alphaBar[k];
    Tensor eps = predicted.value(); // [B, C, H, W]
    Tensor x0 =
        x0Rule.apply(
            x.mul(new Scalar(Math.sqrt(ratio))).sub(eps.mul(new Scalar(Math.sqrt(ratio - 1)))));
    Tensor z = draws && k > 0 ? noise.draw(step, x) : null; // [B, C, H, W]
    return new SamplingLoop.Moved(rule.next(k, x, x0, predicted.variance(), z), x0);
  }

  private Tensor ancestralStep(int k, Tensor x, Tensor x0, @OrNull Tensor learnt, Tensor z) {
    Tensor mean = x0.mul(new Scalar(meanOfX0[k])).add(x.mul(new Scalar(meanOfXt[k])));
    return z == null ? mean : mean.add(z.mul(sigma(k, x, learnt)));
  }

  /** Deviation of step k, [B, C, H, W] where it is learnt, else []. */
  private Tensor sigma(int k, Tensor x, @OrNull Tensor learnt) {
    double small = posteriorLogVariance[k];
    if (variance != SchedulerConfig.Variance.LEARNED_RANGE) {
      boolean large = variance == SchedulerConfig.Variance.FIXED_LARGE;
      double log = large ? Math.log(beta[k]) : small;
      return x.new_full(new long[0], new Scalar(Math.exp(0.5 * log)));
    }
    if (learnt == null) {
      throw new IllegalArgumentException(
          "IddpmSampler: a learnt variance takes %d output channels, but the network has %d. Was it"
                  .formatted(2 * x.size(1), x.size(1))
              + " trained with learnSigma?");
    }
    Tensor f = learnt.add(new Scalar(1.0)).div(new Scalar(2.0));
    double large = Math.log(beta[k]);
    Tensor log = f.mul(new Scalar(large)).add(f.neg().add(new Scalar(1.0)).mul(new Scalar(small)));
    return log.mul(new Scalar(0.5)).exp();
  }

  private Tensor ddimStep(int k, Tensor x, Tensor x0, Tensor z, double eta) {
    double a = alphaBar[k];
    double next = alphaBarPrevious[k];
    double sigma = eta * Math.sqrt((1 - next) / (1 - a) * (1 - a / next));
    Tensor eps = x.mul(new Scalar(Math.sqrt(1 / a))).sub(x0).div(new Scalar(Math.sqrt(1 / a - 1)));
    double rest = Math.sqrt(Math.max(0, 1 - next - sigma * sigma));
    Tensor mean = x0.mul(new Scalar(Math.sqrt(next))).add(eps.mul(new Scalar(rest)));
    return z == null ? mean : mean.add(z.mul(new Scalar(sigma)));
  }
}
