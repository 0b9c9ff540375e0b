package io.winnow.diffusion;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Ancestral sampling (algorithm 2 of Ho et al., 2020), over all training steps or a part of them.
 * With a = alphaBar_t, a' = alphaBar at the next time (1 after the last), a_c = a / a', b_c = 1 -
 * a_c and x0 as in {@link DdimSampler}:
 *
 * <p>x' = sqrt(a') b_c / (1-a) x0 + sqrt(a_c) (1-a') / (1-a) x + sigma z, with z only where t > 0
 * and sigma^2 = b_c (fixed_large) or max((1-a') / (1-a) b_c, 1e-20) (fixed_small).
 */
public final class DdpmSampler implements Sampler {
  private final int[] timesteps; // [n]
  private final double[] a; // [n]
  private final double[] aNext; // [n]
  private final SchedulerConfig.Variance variance;
  private final X0Rule x0Rule;
  private final SamplingLoop loop;

  private DdpmSampler(SchedulerConfig scheduler, int steps) {
    double[] alphaBar = new NoiseSchedule(scheduler.schedule()).alphaBar();
    this.timesteps =
        scheduler.spacing().checked("DdpmSampler", alphaBar.length, steps, scheduler.stepsOffset());
    this.a = new double[timesteps.length];
    this.aNext = new double[timesteps.length];
    for (int k = 0; k < timesteps.length; k++) {
      a[k] = alphaBar[timesteps[k]];
      aNext[k] = k + 1 < timesteps.length ? alphaBar[timesteps[k + 1]] : 1;
    }
    this.variance = scheduler.variance();
    if (variance == SchedulerConfig.Variance.LEARNED_RANGE) {
      throw new IllegalArgumentException(
          "DdpmSampler: the variance is learnt, but this sampler has a fixed one. Use an"
              + " IddpmSampler.");
    }
    this.x0Rule = X0Rule.of(scheduler);
    this.loop = new SamplingLoop(timesteps, scheduler, this::step);
  }

  /** DDPMScheduler of diffusers. */
  public static DdpmSampler diffusers(SchedulerConfig scheduler, int steps) {
    return new DdpmSampler(scheduler, steps);
  }

  /**
   * FutureXiang's {@code sample}: every training step, clipping to [-1, 1], variance beta_t. Its
   * mean, written with eps recomputed from the clipped x0, is the one above. Of the scheduler, the
   * noise schedule and the parameterisation count.
   */
  public static DdpmSampler fx(SchedulerConfig scheduler) {
    ScheduleConfig schedule = scheduler.schedule();
    SchedulerConfig own = SchedulerConfig.ddpm(schedule, scheduler.parameterization());
    return new DdpmSampler(own, schedule.trainSteps());
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

  private SamplingLoop.Moved step(int k, Tensor x, Prediction predicted, StepNoise noise) {
    Tensor eps = predicted.value(); // [B, C, H, W]
    double alpha = a[k] / aNext[k];
    double beta = 1 - alpha;
    Tensor x0 =
        x0Rule.apply(
            x.sub(eps.mul(new Scalar(Math.sqrt(1 - a[k])))).div(new Scalar(Math.sqrt(a[k]))));
    double ofX0 = Math.sqrt(aNext[k]) * beta / (1 - a[k]);
    double ofX = Math.sqrt(alpha) * (1 - aNext[k]) / (1 - a[k]);
    Tensor next = x0.mul(new Scalar(ofX0)).add(x.mul(new Scalar(ofX))); // [B, C, H, W]
    if (timesteps[k] > 0) {
      double posterior = (1 - aNext[k]) / (1 - a[k]) * beta;
      double squared =
          variance == SchedulerConfig.Variance.FIXED_LARGE ? beta : Math.max(posterior, 1e-20);
      next = next.add(noise.draw(k, x).mul(new Scalar(Math.sqrt(squared))));
    }
    return new SamplingLoop.Moved(next, x0);
  }
}
