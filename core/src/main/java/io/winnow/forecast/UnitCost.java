package io.winnow.forecast;

import io.winnow.config.Check;

/**
 * What the work of a stage costs, measured here: seconds = once + perUnit * units + perImage *
 * images.
 *
 * @param once seconds however much there is to do: opening, writing
 * @param perUnit seconds for every unit
 * @param perImage seconds for every image
 */
public record UnitCost(double once, double perUnit, double perImage) {
  public UnitCost {
    Check.that(
        once >= 0 && perUnit >= 0 && perImage >= 0,
        "seconds once, per unit and per image are %s, %s, %s, but must be 0 or more.",
        once,
        perUnit,
        perImage);
  }

  /** A cost that does not depend on the work. */
  public static UnitCost once(double seconds) {
    return new UnitCost(seconds, 0, 0);
  }

  /**
   * From steps of two batch sizes: a line through both, of which neither part is below 0. The
   * larger batch costs what was measured, whatever the smaller one did.
   *
   * @param small images of the smaller batch
   * @param smallSeconds of a step of it
   * @param large images of the larger batch; where it is no larger, a step costs by its images
   * @param largeSeconds of a step of it
   */
  public static UnitCost ofSteps(int small, double smallSeconds, int large, double largeSeconds) {
    double perImage =
        small < large ? (largeSeconds - smallSeconds) / (large - small) : Double.MAX_VALUE;
    double within = Math.min(Math.max(0, perImage), largeSeconds / large);
    return new UnitCost(0, Math.max(0, largeSeconds - within * large), within);
  }

  /** The same with other seconds at the start and the end. */
  public UnitCost withOnce(double seconds) {
    return new UnitCost(seconds, perUnit, perImage);
  }

  /** How long it takes. */
  public double seconds(Work work) {
    return once + perUnit * work.units() + perImage * work.images();
  }
}
