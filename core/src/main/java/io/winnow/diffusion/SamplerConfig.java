package io.winnow.diffusion;

/**
 * Which sampler, in whose form. What else a diffusers scheduler fixes (spacing, clipping, variance)
 * comes from the model's {@link SchedulerConfig}.
 *
 * @param steps network evaluations per image (twice that with guidance)
 * @param eta DDIM only: 0 is deterministic, 1 ancestral
 * @param useClippedModelOutput DDIM of diffusers only: eps is recomputed from the clipped x0
 */
public record SamplerConfig(
    Method method, Rule rule, int steps, double eta, boolean useClippedModelOutput) {

  /** The family of the sampler. */
  public enum Method {
    DDIM,
    DDPM
  }

  /** Whose conventions the sampler follows. */
  public enum Rule {
    /** FutureXiang/Diffusion, the code base whose settings the paper's match. */
    FX,
    /** The schedulers of diffusers. */
    DIFFUSERS
  }

  public SamplerConfig {
    if (steps < 1) {
      throw new IllegalArgumentException("sampler steps: " + steps + "; expected at least 1");
    }
  }

  /** The paper's: DDIM by the FX rule, 100 steps, eta 0. */
  public static SamplerConfig paper() {
    return new SamplerConfig(Method.DDIM, Rule.FX, 100, 0, false);
  }

  /** The sampler for a model's scheduler. */
  public Sampler sampler(SchedulerConfig scheduler) {
    if (method == Method.DDIM) {
      return rule == Rule.FX
          ? DdimSampler.fx(scheduler, steps, eta)
          : DdimSampler.diffusers(scheduler, steps, eta, useClippedModelOutput);
    }
    if (rule == Rule.DIFFUSERS) {
      return DdpmSampler.diffusers(scheduler, steps);
    }
    int trainSteps = scheduler.schedule().trainSteps();
    if (steps != trainSteps) {
      throw new IllegalArgumentException(
          String.format(
              "sampler steps: %d, but ddpm by the fx rule takes all %d training steps. Write %d, or"
                  + " use the diffusers rule.",
              steps, trainSteps, trainSteps));
    }
    return DdpmSampler.fx(scheduler);
  }
}
