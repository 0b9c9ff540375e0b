package io.winnow.reweight;

import io.winnow.config.Check;

/**
 * Options of the reweighting (section III-C of the paper; defaults and their reasons: the recipe's
 * documented defaults).
 *
 * @param eta step size of the mixture, a number or {@code auto}: kappa * smoothing / spread, where
 *     the spread is the mean absolute deviation of the classes' mean signals over the warm-up
 * @param kappa strength aimed at by {@code auto}: eta * spread / smoothing
 * @param smoothing c, share of the uniform mixture mixed in at each step, in (0, 1)
 * @param init mixture to start from
 * @param clip where the margin is cut at zero
 * @param absent what moves a class that the batch does not have
 * @param average over which vectors the result is averaged
 * @param loss how the mixture weighs the proxy's own loss
 * @param warmupSteps steps that hold the mixture at its start and do not count in the average
 * @param trajectoryEvery steps between two recorded points of the mixture
 */
public record ReweightConfig(
    String eta,
    double kappa,
    double smoothing,
    InitialMixture init,
    Clip clip,
    Absent absent,
    Average average,
    LossForm loss,
    long warmupSteps,
    int trajectoryEvery) {
  private static final String AUTO = "auto";

  public ReweightConfig {
    Check.that(
        eta.equals(AUTO) || isStepSize(eta),
        "eta is %s, but must be auto or a number >= 0, such as 1",
        eta);
    Check.that(kappa > 0, "kappa is %s, but must be above 0; 0.3 is usual", kappa);
    Check.that(
        smoothing > 0 && smoothing < 1,
        "smoothing is %s, but must be in (0, 1); 1e-3 is usual",
        smoothing);
    Check.that(warmupSteps >= 0, "warmupSteps is %s, but must be 0 or more", warmupSteps);
    Check.that(
        !eta.equals(AUTO) || warmupSteps > 0,
        "warmupSteps is %s, but eta: auto measures the classes' spread during the warm-up; give"
            + " warmupSteps of 100 or more, or a number for eta",
        warmupSteps);
    Check.that(
        trajectoryEvery > 0, "trajectoryEvery is %s, but must be 1 or more", trajectoryEvery);
  }

  /** Whether eta is derived from the spread that the warm-up measures. */
  boolean etaIsAuto() {
    return eta.equals(AUTO);
  }

  /** The given eta; only where it is a number. */
  double etaValue() {
    return Double.parseDouble(eta);
  }

  private static boolean isStepSize(String text) {
    try {
      double value = Double.parseDouble(text);
      return value >= 0 && value < Double.POSITIVE_INFINITY;
    } catch (NumberFormatException e) {
      return false;
    }
  }
}
