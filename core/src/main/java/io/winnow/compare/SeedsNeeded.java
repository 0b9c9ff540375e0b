package io.winnow.compare;

import io.winnow.config.OrNull;
import java.util.Locale;

/**
 * How many seeds a verdict would take.
 *
 * @param gap relative difference of the distances: 0.02 for 2 %
 * @param observed whether it is the one that was found
 * @param seeds on each side, the smallest number that finds the gap with {@link #POWER}; null where
 *     {@link #MOST} do not
 * @param assumedVariation coefficient of variation over seeds that was assumed; null where the
 *     spread was measured
 */
public record SeedsNeeded(
    double gap, boolean observed, @OrNull Integer seeds, @OrNull Double assumedVariation) {
  /** Probability of a verdict where there is the gap. */
  public static final double POWER = 0.8;

  /** More seeds than these are not counted. */
  public static final int MOST = 100_000;

  /**
   * For the gap that was found.
   *
   * @param errorRate two-sided, of the verdict
   */
  static SeedsNeeded observed(LogRatio found, double errorRate) {
    double gap = Math.abs(Math.expm1(found.mean()));
    return new SeedsNeeded(gap, true, seeds(found, Math.abs(found.mean()), errorRate), null);
  }

  /**
   * For any gap; of {@code 1 + gap} and {@code 1 - gap} the ratio that is harder to find.
   *
   * @param gap above 0
   */
  public static SeedsNeeded of(LogRatio found, double gap, double errorRate) {
    return new SeedsNeeded(gap, false, seeds(found, Math.log1p(gap), errorRate), null);
  }

  /** The same with a spread that was not measured: both sides vary alike and independently. */
  SeedsNeeded assuming(double variation, LogRatio found, double errorRate) {
    LogRatio assumed =
        new LogRatio(
            found.paired(),
            found.mean(),
            variation * Math.sqrt(2),
            Double.NaN,
            Double.POSITIVE_INFINITY,
            found.paired() ? 1 : 2);
    double effect = observed ? Math.abs(found.mean()) : Math.log1p(gap);
    return new SeedsNeeded(gap, observed, seeds(assumed, effect, errorRate), variation);
  }

  /** The number of seeds for people. */
  public String words() {
    return (seeds == null ? "more than " : "")
        + String.format(Locale.ROOT, "%,d", seeds == null ? MOST : seeds);
  }

  private static @OrNull Integer seeds(LogRatio found, double effect, double errorRate) {
    if (effect == 0 || !found.measured()) {
      return null;
    }
    int enough = 2;
    while (!finds(found, effect, errorRate, enough)) {
      enough *= 2;
      if (enough > 2 * MOST) {
        return null;
      }
    }
    int few = enough / 2;
    while (enough - few > 1) {
      int middle = (few + enough) / 2;
      if (finds(found, effect, errorRate, middle)) {
        enough = middle;
      } else {
        few = middle;
      }
    }
    return enough > MOST ? null : enough;
  }

  private static boolean finds(LogRatio found, double effect, double errorRate, int seeds) {
    return power(found, effect, errorRate, seeds) >= POWER;
  }

  /**
   * Probability of a verdict.
   *
   * @param found how far runs vary, and how well that is known
   * @param effect true log ratio, of either sign
   * @param errorRate two-sided, of the verdict
   * @param seeds on each side, at least 2
   */
  public static double power(LogRatio found, double effect, double errorRate, int seeds) {
    double noncentrality = Math.abs(effect) / found.deviation() * Math.sqrt(seeds);
    double degrees = found.degreesPerSeed() * (seeds - 1);
    return TestPower.expected(degrees, noncentrality, errorRate, found.degrees());
  }
}
