package io.winnow.reweight;

import io.winnow.config.Check;
import io.winnow.config.OrNull;

/**
 * Options of the reweighting (section III-C of the paper; defaults and their reasons: the recipe's
 * documented defaults). All but {@code rule}, {@code average}, {@code warmupSteps}, {@code
 * trajectoryEvery} and {@code groupDro} are those of {@link Rule#DOREMI}.
 *
 * @param rule what moves the mixture
 * @param eta step size of the mixture: {@code auto}, kappa * smoothing / max(MAD, 2 SE) of the
 *     classes' running mean signals at every step; {@code frozen}, kappa * smoothing / MAD of the
 *     warm-up; or a number
 * @param kappa strength aimed at by {@code auto} and {@code frozen}: eta * spread / smoothing
 * @param smoothing c, share of the uniform mixture mixed in at each step, in (0, 1)
 * @param init mixture to start from
 * @param clip where the margin is cut at zero
 * @param absent what moves a class that the batch does not have
 * @param average over which vectors the result is averaged
 * @param loss how the mixture weighs the proxy's own loss
 * @param warmupSteps updates that hold the mixture at its start and do not count in the average;
 *     null: until the proxy's loss is below 1.5 times the reference's and 20 % of the updates are
 *     over (group DRO: none)
 * @param proxyDropout which of the proxy's losses is compared
 * @param trajectoryEvery steps between two recorded points of the mixture
 * @param groupDro settings of {@link Rule#GROUP_DRO}
 */
public record ReweightConfig(
    Rule rule,
    String eta,
    double kappa,
    double smoothing,
    InitialMixture init,
    Clip clip,
    Absent absent,
    Average average,
    LossForm loss,
    @OrNull Long warmupSteps,
    ProxyDropout proxyDropout,
    int trajectoryEvery,
    GroupDro groupDro) {
  private static final String AUTO = "auto";
  private static final String FROZEN = "frozen";

  /**
   * Settings of group DRO.
   *
   * @param stepSize of the multiplicative update
   * @param normalizeLoss whether the classes' losses are divided by their sum first, which frees
   *     the step size from the scale of the loss
   * @param adjustment C of C / sqrt(n_c), added to the loss of a class of n_c images; 0 for none
   */
  public record GroupDro(double stepSize, boolean normalizeLoss, double adjustment) {
    public GroupDro {
      Check.that(
          stepSize > 0 && stepSize < Double.POSITIVE_INFINITY,
          "stepSize is %s, but must be above 0; 0.01 is usual",
          stepSize);
      Check.that(
          adjustment >= 0 && adjustment < Double.POSITIVE_INFINITY,
          "adjustment is %s, but must be 0 (none) or more",
          adjustment);
    }
  }

  public ReweightConfig {
    Check.that(
        eta.equals(AUTO) || eta.equals(FROZEN) || isStepSize(eta),
        "eta is %s, but must be auto, frozen or a number >= 0, such as 1",
        eta);
    Check.that(
        kappa > 0 && kappa < Double.POSITIVE_INFINITY,
        "kappa is %s, but must be above 0; 0.3 is usual",
        kappa);
    Check.that(
        smoothing > 0 && smoothing < 1,
        "smoothing is %s, but must be in (0, 1); 1e-3 is usual",
        smoothing);
    Check.that(
        warmupSteps == null || warmupSteps >= 0,
        "warmupSteps is %s, but must be 0 or more, or null for the rule",
        warmupSteps);
    Check.that(
        !eta.equals(FROZEN) || warmupSteps == null || warmupSteps > 1,
        "warmupSteps is %s, but eta: frozen measures the classes' spread during the warm-up; give"
            + " warmupSteps of 100 or more, or null, or eta: auto",
        warmupSteps);
    Check.that(
        trajectoryEvery > 0, "trajectoryEvery is %s, but must be 1 or more", trajectoryEvery);
  }

  /** Whether eta follows the classes' spread at every step. */
  boolean etaIsAuto() {
    return eta.equals(AUTO);
  }

  /** Whether eta was given. */
  boolean etaIsNumber() {
    return !eta.equals(AUTO) && !eta.equals(FROZEN);
  }

  /** The given eta; only where it is a number. */
  double etaValue() {
    return Double.parseDouble(eta);
  }

  /** Whether a reference is asked for its loss. */
  public boolean needsReference() {
    return rule == Rule.DOREMI;
  }

  /** Whether a proxy is trained to learn the weights. */
  public boolean needsProxy() {
    return rule != Rule.INVERSE_FREQUENCY;
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
