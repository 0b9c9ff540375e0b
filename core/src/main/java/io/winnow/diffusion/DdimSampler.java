package io.winnow.diffusion;

import java.util.function.IntToDoubleFunction;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Denoising diffusion implicit models (Song et al., 2021), in two forms. With a = alphaBar_t, a' =
 * alphaBar at the next time, x0 = (x - sqrt(1-a) eps) / sqrt(a) clipped, sigma = eta sqrt((1-a') /
 * (1-a) (1 - a/a')):
 *
 * <p>x' = sqrt(a') x0 + sqrt(1 - a' - sigma^2) eps + sigma z.
 *
 * <p>{@link #diffusers} follows DDIMScheduler: the next time is t - T div n whatever the spacing,
 * and the last a' is 1 or alphaBar_0. {@link #fx} follows FutureXiang/Diffusion, the paper's
 * sampler: eps is recomputed from the clipped x0, and a comes from the schedule laid over T + 1
 * points, so that the last a' is 1 - beta_0.
 */
public final class DdimSampler implements Sampler {
  private final int[] timesteps; // [n]
  private final double[] a; // [n]
  private final double[] aNext; // [n]
  private final double[] sigma; // [n]
  private final boolean recomputeEps;
  private final boolean noiseAtLastStep;
  private final X0Rule x0Rule;
  private final SamplingLoop loop;

  private DdimSampler(
      SchedulerConfig scheduler,
      int[] timesteps,
      IntToDoubleFunction alphaBar,
      IntToDoubleFunction alphaBarNext,
      double eta,
      Form form,
      X0Rule x0Rule) {
    if (!(eta >= 0 && eta <= 1)) {
      throw new IllegalArgumentException(
          "DdimSampler eta: " + eta + " is not in [0, 1]; 0 is deterministic, 1 is ancestral");
    }
    int n = timesteps.length;
    this.timesteps = timesteps;
    this.a = new double[n];
    this.aNext = new double[n];
    this.sigma = new double[n];
    for (int k = 0; k < n; k++) {
      a[k] = alphaBar.applyAsDouble(k);
      aNext[k] = alphaBarNext.applyAsDouble(k);
      sigma[k] = eta * Math.sqrt((1 - aNext[k]) / (1 - a[k]) * (1 - a[k] / aNext[k]));
    }
    this.recomputeEps = form.recomputeEps;
    this.noiseAtLastStep = form.noiseAtLastStep;
    this.x0Rule = x0Rule;
    this.loop = new SamplingLoop(timesteps, scheduler, this::step);
  }

  private record Form(boolean recomputeEps, boolean noiseAtLastStep) {}

  /**
   * DDIMScheduler of diffusers.
   *
   * @param useClippedModelOutput whether eps is recomputed from the clipped x0
   */
  public static DdimSampler diffusers(
      SchedulerConfig scheduler, int steps, double eta, boolean useClippedModelOutput) {
    double[] alphaBar = new NoiseSchedule(scheduler.schedule()).alphaBar();
    int trainSteps = alphaBar.length;
    int[] times =
        scheduler.spacing().checked("DdimSampler", trainSteps, steps, scheduler.stepsOffset());
    double last = scheduler.setAlphaToOne() ? 1 : alphaBar[0];
    return new DdimSampler(
        scheduler,
        times,
        k -> alphaBar[times[k]],
        k -> {
          int next = times[k] - trainSteps / steps;
          return next >= 0 ? alphaBar[next] : last;
        },
        eta,
        new Form(useClippedModelOutput, true),
        X0Rule.of(scheduler));
  }

  /**
   * FutureXiang's {@code ddim_sample}: times 1, 1 + s, ... below T + 1 with s = T div steps (so
   * their number can exceed {@code steps}), clipping to [-1, 1], no noise at the last step. Of the
   * scheduler, the noise schedule and the parameterisation count.
   */
  public static DdimSampler fx(SchedulerConfig scheduler, int steps, double eta) {
    ScheduleConfig schedule = scheduler.schedule();
    int trainSteps = schedule.trainSteps();
    if (steps < 1 || steps > trainSteps) {
      throw new IllegalArgumentException(
          "DdimSampler: " + steps + " steps; expected 1 to " + trainSteps + ", the training steps");
    }
    int stride = trainSteps / steps;
    int n = (trainSteps + stride - 1) / stride;
    int[] times = new int[n]; // FX's time, which counts from 1, less 1
    for (int k = 0; k < n; k++) {
      times[k] = (n - 1 - k) * stride;
    }
    double[] table = new NoiseSchedule(schedule.withTrainSteps(trainSteps + 1)).alphaBar(); // [T+1]
    return new DdimSampler(
        scheduler,
        times,
        k -> table[times[k] + 1],
        k -> k + 1 < n ? table[times[k + 1] + 1] : table[0],
        eta,
        new Form(true, false),
        X0Rule.clip(1));
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
    Scalar signal = new Scalar(Math.sqrt(a[k]));
    Scalar level = new Scalar(Math.sqrt(1 - a[k]));
    Tensor x0 = x0Rule.apply(x.sub(eps.mul(level)).div(signal)); // [B, C, H, W]
    Tensor direction = recomputeEps ? x.sub(x0.mul(signal)).div(level) : eps;
    double rest = Math.max(0, 1 - aNext[k] - sigma[k] * sigma[k]);
    Tensor next =
        x0.mul(new Scalar(Math.sqrt(aNext[k]))).add(direction.mul(new Scalar(Math.sqrt(rest))));
    if (sigma[k] > 0 && (noiseAtLastStep || k + 1 < timesteps.length)) {
      next = next.add(noise.draw(k, x).mul(new Scalar(sigma[k])));
    }
    return new SamplingLoop.Moved(next, x0);
  }
}
