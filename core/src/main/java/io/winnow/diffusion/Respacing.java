package io.winnow.diffusion;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * A part of the T training steps, as a process of its own: beta_k = 1 - alphaBar(i_k) /
 * alphaBar(i_{k-1}), and all tables anew from these. Source: openai/guided-diffusion, {@code
 * respace.py} (Nichol and Dhariwal, 2021).
 */
public final class Respacing {
  private static final String DDIM = "ddim";

  private final int[] timesteps; // [n], ascending
  private final NoiseSchedule schedule;

  private Respacing(NoiseSchedule original, int[] timesteps) {
    this.timesteps = timesteps;
    double[] alphaBar = original.alphaBar();
    double[] betas = new double[timesteps.length];
    double last = 1;
    for (int k = 0; k < betas.length; k++) {
      betas[k] = 1 - alphaBar[timesteps[k]] / last;
      last = alphaBar[timesteps[k]];
    }
    this.schedule =
        new NoiseSchedule(new ScheduleConfig.Given(DoubleStream.of(betas).boxed().toList()));
  }

  /**
   * Chooses the steps.
   *
   * @param sections {@code "250"}: so many, spread evenly from the first to the last; {@code
   *     "10,20,30"}: so many of each equal part of the steps; {@code "ddim50"}: by the whole stride
   *     from the first on that makes 50
   * @throws IllegalArgumentException where it is none of these, or asks for more steps than there
   *     are
   */
  public static Respacing of(NoiseSchedule original, String sections) {
    int trainSteps = original.trainSteps();
    if (sections.startsWith(DDIM)) {
      int wanted = number(sections, sections.substring(DDIM.length()));
      return new Respacing(original, strided(trainSteps, wanted));
    }
    return new Respacing(original, sectioned(trainSteps, sections));
  }

  private static int[] strided(int trainSteps, int wanted) {
    for (int stride = 1; stride < trainSteps; stride++) {
      if ((trainSteps + stride - 1) / stride == wanted) {
        int by = stride;
        return IntStream.range(0, wanted).map(k -> k * by).toArray();
      }
    }
    throw new IllegalArgumentException(
        "respacing: ddim%d, but no whole stride makes %d of %d steps; expected ddim50, say."
            .formatted(wanted, wanted, trainSteps));
  }

  private static int[] sectioned(int trainSteps, String sections) {
    List<Integer> counts = new ArrayList<>();
    for (String count : sections.split(",", -1)) {
      counts.add(number(sections, count.strip()));
    }
    TreeSet<Integer> taken = new TreeSet<>();
    int start = 0;
    for (int i = 0; i < counts.size(); i++) {
      int size = trainSteps / counts.size() + (i < trainSteps % counts.size() ? 1 : 0);
      int count = counts.get(i);
      if (count < 1 || count > size) {
        throw new IllegalArgumentException(
            "respacing: %s asks for %d of %d steps; expected 1 to %d."
                .formatted(sections, count, size, size));
      }
      double stride = count == 1 ? 1 : (size - 1.0) / (count - 1);
      double at = 0;
      for (int k = 0; k < count; k++) {
        taken.add(start + (int) Math.rint(at));
        at += stride;
      }
      start += size;
    }
    return taken.stream().mapToInt(Integer::intValue).toArray();
  }

  private static int number(String sections, String count) {
    try {
      return Integer.parseInt(count);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "respacing: \"%s\" is no number of steps; expected 250, 10,20,30 or ddim50."
              .formatted(sections),
          e);
    }
  }

  /** The steps of the original process, ascending, [n]. */
  public int[] timesteps() {
    return Arrays.copyOf(timesteps, timesteps.length);
  }

  /** The process that they make. */
  public NoiseSchedule schedule() {
    return schedule;
  }
}
