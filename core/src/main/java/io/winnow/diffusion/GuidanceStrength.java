package io.winnow.diffusion;

import java.util.Locale;

/**
 * How strongly classifier-free guidance pulls, in either convention of the field: a weight w is (1
 * + w) cond - w uncond, as the paper has it; a scale s is uncond + s (cond - uncond), as tools for
 * Stable Diffusion have it; s = 1 + w.
 *
 * @param weight w >= 0; 0 is no guidance, and one pass per step
 * @param convention in which it was given
 */
public record GuidanceStrength(double weight, Convention convention) {
  /** The two conventions. */
  public enum Convention {
    WEIGHT,
    SCALE
  }

  public GuidanceStrength {
    if (!(weight >= 0 && weight < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "guidanceWeight: " + weight + " is not in [0, infinity); 0 is no guidance");
    }
  }

  /** A weight w >= 0. */
  public static GuidanceStrength ofWeight(double w) {
    return new GuidanceStrength(w, Convention.WEIGHT);
  }

  /** A scale s >= 0. At or below 1 it is no guidance, as diffusers' {@code guidance_scale} is. */
  public static GuidanceStrength ofScale(double s) {
    if (!(s >= 0)) {
      throw new IllegalArgumentException(
          "guidanceScale: " + s + " is below 0; 1 is no guidance, 5 is common");
    }
    return new GuidanceStrength(Math.max(0, s - 1), Convention.SCALE);
  }

  /** s = 1 + w. */
  public double scale() {
    return 1 + weight;
  }

  /** Both numbers, first the one that was given: {@code "scale 5 (weight 4)"}. */
  public String describe() {
    return convention == Convention.SCALE
        ? String.format(Locale.ROOT, "scale %s (weight %s)", brief(scale()), brief(weight))
        : String.format(Locale.ROOT, "weight %s (scale %s)", brief(weight), brief(scale()));
  }

  private static String brief(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
