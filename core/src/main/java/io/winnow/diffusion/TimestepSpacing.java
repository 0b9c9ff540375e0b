package io.winnow.diffusion;

import java.util.Locale;

/** Which of the T training steps a sampler of n steps visits; the rules of diffusers. */
public enum TimestepSpacing {
  /** k (T div n) + offset: ends at the offset. */
  LEADING {
    @Override
    int[] timesteps(int trainSteps, int steps, int offset) {
      int[] times = new int[steps];
      for (int k = 0; k < steps; k++) {
        times[k] = (steps - 1 - k) * (trainSteps / steps) + offset;
      }
      return times;
    }
  },
  /** round(T - k T/n) - 1: starts at T-1. */
  TRAILING {
    @Override
    int[] timesteps(int trainSteps, int steps, int offset) {
      int[] times = new int[steps];
      for (int k = 0; k < steps; k++) {
        times[k] = (int) Math.rint(trainSteps - k * ((double) trainSteps / steps)) - 1;
      }
      return times;
    }
  },
  /** n points evenly from 0 to T-1, rounded half to even. */
  LINSPACE {
    @Override
    int[] timesteps(int trainSteps, int steps, int offset) {
      int[] times = new int[steps];
      double step = steps > 1 ? (trainSteps - 1.0) / (steps - 1) : 0;
      for (int k = 0; k < steps; k++) {
        times[k] = (int) Math.rint((steps - 1 - k) * step);
      }
      return times;
    }
  };

  /** 0-based steps in the order of visiting (descending), [steps]. */
  abstract int[] timesteps(int trainSteps, int steps, int offset);

  /** The name that scheduler files use. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  static TimestepSpacing of(String key) {
    for (TimestepSpacing spacing : values()) {
      if (spacing.key().equals(key)) {
        return spacing;
      }
    }
    return LEADING;
  }

  /** As {@link #timesteps}, checked against the schedule's length. */
  final int[] checked(String where, int trainSteps, int steps, int offset) {
    if (steps < 1 || steps > trainSteps) {
      throw new IllegalArgumentException(
          where + ": " + steps + " steps; expected 1 to " + trainSteps + ", the training steps");
    }
    int[] times = timesteps(trainSteps, steps, offset);
    if (times[0] >= trainSteps) {
      throw new IllegalArgumentException(
          String.format(
              "%s: first timestep %d of %d; expected less. Lower steps_offset (%d).",
              where, times[0], trainSteps, offset));
    }
    return times;
  }
}
