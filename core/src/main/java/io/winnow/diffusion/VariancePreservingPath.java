package io.winnow.diffusion;

import org.bytedeco.pytorch.Tensor;

/**
 * The probability flow of a noise schedule in y = x / sqrt(a) over s = sqrt((1-a) / a), where its
 * direction is eps (Song et al., 2021, eq. 14).
 */
final class VariancePreservingPath implements OdePath {
  private final int[] timesteps; // [n]
  private final double[] alphaBar; // [T]
  private final NoiseSchedule schedule;
  private final Parameterization parameterization;

  VariancePreservingPath(SchedulerConfig scheduler, int steps) {
    schedule = new NoiseSchedule(scheduler.schedule());
    parameterization = scheduler.parameterization();
    alphaBar = schedule.alphaBar();
    timesteps =
        scheduler.spacing().checked("OdeSampler", alphaBar.length, steps, scheduler.stepsOffset());
  }

  @Override
  public int steps() {
    return timesteps.length;
  }

  @Override
  public double s(int k) {
    double a = a(k);
    return Math.sqrt((1 - a) / a);
  }

  @Override
  public double signal(int k) {
    return Math.sqrt(a(k));
  }

  @Override
  public double time(int k) {
    return timesteps[k];
  }

  private double a(int k) {
    return k < timesteps.length ? alphaBar[timesteps[k]] : 1;
  }

  @Override
  public boolean wholeTimes() {
    return true;
  }

  @Override
  public Tensor direction(Tensor output, Tensor x, Tensor t) {
    return parameterization.eps(schedule, output, x, t);
  }
}
