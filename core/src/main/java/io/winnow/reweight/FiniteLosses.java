package io.winnow.reweight;

/** Counts losses that are not finite: they stay out of every sum, and many of them end the run. */
final class FiniteLosses {
  private static final double BROKEN_TOO_OFTEN = 0.01;

  private long epochSeen;
  private long epochBroken;
  private long allBroken;

  /** For the checkpoint. */
  record State(long epochSeen, long epochBroken, long allBroken) {}

  /** Counts one sample and says whether its loss may be used. */
  boolean accepts(double loss) {
    boolean finite = Double.isFinite(loss);
    epochSeen++;
    epochBroken += finite ? 0 : 1;
    allBroken += finite ? 0 : 1;
    return finite;
  }

  /**
   * Ends an epoch.
   *
   * @throws IllegalArgumentException when more than 1 % of its losses were not finite
   */
  void endEpoch() {
    if (epochBroken > BROKEN_TOO_OFTEN * epochSeen) {
      throw new IllegalArgumentException(
          "reweight: "
              + epochBroken
              + " of "
              + epochSeen
              + " losses of this epoch are not finite; at most 1 % may be. Lower"
              + " train.learningRate or check the reference's weights.");
    }
    epochSeen = 0;
    epochBroken = 0;
  }

  /** Losses of the whole run that were not finite. */
  long broken() {
    return allBroken;
  }

  State state() {
    return new State(epochSeen, epochBroken, allBroken);
  }

  void restore(State state) {
    epochSeen = state.epochSeen();
    epochBroken = state.epochBroken();
    allBroken = state.allBroken();
  }
}
