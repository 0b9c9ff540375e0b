package io.winnow.diffusion;

import io.winnow.config.OrNull;

/** Which objective a network is trained by. */
public final class Objectives {
  private Objectives() {}

  /**
   * That of a network that is to be sampled by this scheduler: the process, what is predicted and
   * whether the variance is learnt are the scheduler's, masks are the network's.
   *
   * @param minSnr as in {@link Objective}; of no meaning on straight paths
   */
  public static TrainingObjective of(
      SchedulerConfig scheduler, Denoiser network, @OrNull Double minSnr) {
    DenoisingLoss loss = onePass(scheduler, minSnr);
    return network instanceof MaskedDenoiser masked && masked.maskRule() != null
        ? new MaskedObjective(loss, masked)
        : loss;
  }

  private static DenoisingLoss onePass(SchedulerConfig scheduler, @OrNull Double minSnr) {
    if (scheduler.flow()) {
      return new FlowObjective();
    }
    if (scheduler.variance() == SchedulerConfig.Variance.LEARNED_RANGE) {
      NoiseSchedule schedule = new NoiseSchedule(scheduler.schedule());
      return new HybridObjective(scheduler.parameterization(), schedule, minSnr);
    }
    return Objective.of(scheduler, minSnr);
  }
}
