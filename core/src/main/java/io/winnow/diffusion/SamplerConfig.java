package io.winnow.diffusion;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Which sampler, in whose form. What else a diffusers scheduler fixes (spacing, clipping, variance)
 * comes from the model's {@link SchedulerConfig}.
 *
 * @param rule of DDIM and DDPM, and how all of them round to bytes
 * @param steps network evaluations per image (twice that with guidance)
 * @param eta DDIM only: 0 is deterministic, 1 ancestral
 * @param useClippedModelOutput DDIM of diffusers only: eps is recomputed from the clipped x0
 */
public record SamplerConfig(
    Method method, Rule rule, int steps, double eta, boolean useClippedModelOutput) {

  /** The family of the sampler. */
  public enum Method {
    /** {@link DdimSampler}. */
    DDIM,
    /** {@link DdpmSampler}. */
    DDPM,
    /**
     * {@link IddpmSampler#ancestral}: on a respaced process, by a learnt variance or a fixed one.
     */
    IDDPM,
    /** {@link OdeSampler} of the first order, on straight paths or a noise schedule. */
    EULER,
    /** {@link OdeSampler} of the second order: twice the network evaluations, less one. */
    HEUN;

    private static final List<Method> ODE = List.of(EULER, HEUN);

    /** Those that fit a model. */
    private static List<Method> of(SchedulerConfig scheduler) {
      if (scheduler.flow()) {
        return ODE;
      }
      boolean learnt = scheduler.variance() == SchedulerConfig.Variance.LEARNED_RANGE;
      return learnt ? List.of(IDDPM) : List.of(values());
    }

    private String word() {
      return name().toLowerCase(Locale.ROOT);
    }
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

  /** Its name for records: the method, and where it has two forms the rule. */
  public String describe() {
    boolean forms = method == Method.DDIM || method == Method.DDPM;
    return forms ? method.word() + "-" + rule.name().toLowerCase(Locale.ROOT) : method.word();
  }

  /**
   * The sampler for a model's scheduler.
   *
   * @throws IllegalArgumentException naming those that fit the model, where this does not
   */
  public Sampler sampler(SchedulerConfig scheduler) {
    requireFits(scheduler);
    return switch (method) {
      case DDIM ->
          rule == Rule.FX
              ? DdimSampler.fx(scheduler, steps, eta)
              : DdimSampler.diffusers(scheduler, steps, eta, useClippedModelOutput);
      case DDPM -> ddpm(scheduler);
      case IDDPM -> IddpmSampler.ancestral(scheduler, Integer.toString(steps));
      case EULER -> ode(scheduler, OdeSampler.Method.EULER);
      case HEUN -> ode(scheduler, OdeSampler.Method.HEUN);
    };
  }

  private void requireFits(SchedulerConfig scheduler) {
    List<Method> fitting = Method.of(scheduler);
    if (!fitting.contains(method)) {
      throw new IllegalArgumentException(
          "sampler method: %s, but the model %s; expected %s."
              .formatted(
                  method.word(),
                  scheduler.flow() ? "was trained by flow matching" : "learns the variance",
                  fitting.stream().map(Method::word).collect(Collectors.joining(" or "))));
    }
  }

  private Sampler ode(SchedulerConfig scheduler, OdeSampler.Method order) {
    return scheduler.flow()
        ? OdeSampler.flow(order, steps)
        : OdeSampler.of(scheduler, order, steps);
  }

  private Sampler ddpm(SchedulerConfig scheduler) {
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
