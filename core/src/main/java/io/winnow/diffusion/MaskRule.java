package io.winnow.diffusion;

/**
 * How many of an image's tokens a masked pass keeps: trunc(L (1 - r)) with r = ratio + spread u, u
 * uniform in [0, 1) and one for the whole batch (Gao et al., 2023; sail-sg/MDT).
 *
 * @param ratio smallest share of tokens that is hidden
 * @param spread how much larger the share may be; 0 for a constant one
 */
public record MaskRule(double ratio, double spread) {
  private static final double PUBLISHED_SPREAD = 0.2;

  public MaskRule {
    if (!(ratio >= 0 && spread >= 0 && ratio + spread < 1)) {
      throw new IllegalArgumentException(
          String.format(
              "maskRatio is %s, but must be in [0, %s); 0.3 is the published one.",
              ratio, 1 - spread));
    }
  }

  /** The same share at every step (version 1 of the network). */
  public static MaskRule constant(double ratio) {
    return new MaskRule(ratio, 0);
  }

  /** A share between {@code ratio} and {@code ratio + 0.2} (version 2). */
  public static MaskRule drawn(double ratio) {
    return new MaskRule(ratio, PUBLISHED_SPREAD);
  }

  /**
   * Tokens kept. A drawn share is computed in float32, as the reference does on the device.
   *
   * @param tokens L
   * @param u the step's draw, in [0, 1); of no meaning for a constant share
   */
  public int kept(int tokens, float u) {
    if (spread == 0) {
      return (int) (tokens * (1 - ratio));
    }
    float hidden = u * (float) spread + (float) ratio;
    return (int) (tokens * (1 - hidden));
  }
}
