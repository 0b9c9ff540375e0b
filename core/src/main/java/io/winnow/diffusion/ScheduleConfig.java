package io.winnow.diffusion;

import java.util.List;

/**
 * How the noise levels beta_t of the forward process are laid out over the training steps, t = 0 ..
 * T-1. All in float64; rounded where they are used.
 */
public sealed interface ScheduleConfig {
  /** T, the number of training steps. */
  int trainSteps();

  /** beta_t, [T]. */
  double[] betas();

  /**
   * The same formula laid over another number of steps; FutureXiang's DDIM needs the one of T + 1
   * points.
   */
  ScheduleConfig withTrainSteps(int steps);

  /** The paper's schedule: T = 1000, beta from 1e-4 to 0.02. */
  static ScheduleConfig paper() {
    return new Linear(1000, 1e-4, 0.02);
  }

  /** Evenly spaced betas, both ends included (Ho et al., 2020). */
  record Linear(int trainSteps, double betaStart, double betaEnd) implements ScheduleConfig {
    public Linear {
      requireRange("linear", trainSteps, betaStart, betaEnd);
    }

    @Override
    public double[] betas() {
      return evenly(betaStart, betaEnd, trainSteps);
    }

    @Override
    public ScheduleConfig withTrainSteps(int steps) {
      return new Linear(steps, betaStart, betaEnd);
    }
  }

  /** Squares of evenly spaced square roots (latent diffusion). */
  record ScaledLinear(int trainSteps, double betaStart, double betaEnd) implements ScheduleConfig {
    public ScaledLinear {
      requireRange("scaled_linear", trainSteps, betaStart, betaEnd);
    }

    @Override
    public double[] betas() {
      double[] betas = evenly(Math.sqrt(betaStart), Math.sqrt(betaEnd), trainSteps);
      for (int t = 0; t < betas.length; t++) {
        betas[t] *= betas[t];
      }
      return betas;
    }

    @Override
    public ScheduleConfig withTrainSteps(int steps) {
      return new ScaledLinear(steps, betaStart, betaEnd);
    }
  }

  /**
   * beta_t = min(1 - g((t+1)/T) / g(t/T), maxBeta) with g(u) = cos^2((u + s) / (1 + s) pi/2)
   * (Nichol and Dhariwal, 2021).
   */
  record Cosine(int trainSteps, double s, double maxBeta) implements ScheduleConfig {
    public Cosine {
      if (trainSteps < 1 || s < 0 || !(maxBeta > 0 && maxBeta < 1)) {
        throw new IllegalArgumentException(
            String.format(
                "cosine schedule: %d steps, s %s, largest beta %s; expected at least 1 step, s >= 0"
                    + " and a largest beta in (0, 1)",
                trainSteps, s, maxBeta));
      }
    }

    /** The published constants: s = 0.008, largest beta 0.999. */
    public Cosine(int trainSteps) {
      this(trainSteps, 0.008, 0.999);
    }

    @Override
    public double[] betas() {
      double[] betas = new double[trainSteps];
      for (int t = 0; t < trainSteps; t++) {
        double here = g((double) t / trainSteps);
        double next = g((t + 1.0) / trainSteps);
        betas[t] = Math.min(1 - next / here, maxBeta);
      }
      return betas;
    }

    private double g(double u) {
      double cosine = Math.cos((u + s) / (1 + s) * Math.PI / 2);
      return cosine * cosine;
    }

    @Override
    public ScheduleConfig withTrainSteps(int steps) {
      return new Cosine(steps, s, maxBeta);
    }
  }

  /**
   * Straight paths from images to noise in place of noise levels (flow matching). A network is told
   * the time in T parts.
   */
  record Straight(int trainSteps) implements ScheduleConfig {
    @Override
    public double[] betas() {
      throw new IllegalArgumentException(
          "straight paths: they have no noise levels; expected a model of a noise schedule. One of"
              + " flow matching is sampled by euler or heun.");
    }

    @Override
    public ScheduleConfig withTrainSteps(int steps) {
      return new Straight(steps);
    }
  }

  /** Betas given one by one ({@code trained_betas} of a diffusers scheduler). */
  record Given(List<Double> values) implements ScheduleConfig {
    public Given {
      values = List.copyOf(values);
      for (double beta : values) {
        if (!(beta > 0 && beta < 1)) {
          throw new IllegalArgumentException(
              "given schedule: beta " + beta + "; every beta must be in (0, 1)");
        }
      }
    }

    @Override
    public int trainSteps() {
      return values.size();
    }

    @Override
    public double[] betas() {
      return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    @Override
    public ScheduleConfig withTrainSteps(int steps) {
      throw new IllegalArgumentException(
          "given schedule: betas given one by one cannot be laid over "
              + steps
              + " steps; the FX rule needs a formula. Use the diffusers rule.");
    }
  }

  private static double[] evenly(double first, double last, int points) {
    double[] values = new double[points];
    double step = points > 1 ? (last - first) / (points - 1) : 0;
    for (int i = 0; i < points; i++) {
      values[i] = first + i * step;
    }
    if (points > 1) {
      values[points - 1] = last;
    }
    return values;
  }

  private static void requireRange(String name, int trainSteps, double first, double last) {
    if (trainSteps < 1 || !(first > 0 && first <= last && last < 1)) {
      throw new IllegalArgumentException(
          String.format(
              "%s schedule: %d steps, betas from %s to %s; expected at least 1 step and 0 <"
                  + " beta_start <= beta_end < 1",
              name, trainSteps, first, last));
    }
  }
}
