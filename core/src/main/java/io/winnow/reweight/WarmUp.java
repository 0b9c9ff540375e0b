package io.winnow.reweight;

import io.winnow.config.OrNull;

/**
 * When the mixture begins to move: after a given number of updates, or once the proxy's loss has
 * fallen below 1.5 times the reference's, but not before a fifth of all updates. Before that every
 * class's margin is large, whatever the class. The two losses are running means over about 20
 * updates; what ended once does not begin again.
 */
final class WarmUp {
  static final double CLOSE = 1.5;
  private static final double LEAST_SHARE = 0.2;
  static final double DECAY = 1 - 1 / 20.0;

  @OrNull private final Long given;
  private long least;
  private double proxy;
  private double reference;
  private boolean over;

  /** For the checkpoint. */
  record State(double proxy, double reference, boolean over) {}

  /** {@code given}: updates, or null for the rule. */
  WarmUp(@OrNull Long given) {
    this.given = given;
  }

  /** Learns how long the run is. */
  void begin(long updates) {
    least = given == null ? (long) Math.ceil(LEAST_SHARE * (double) updates) : given;
  }

  /** Updates that cannot count: those before this one. */
  long least() {
    return least;
  }

  /** Whether update {@code step}, from 0, with these losses is one that counts. */
  boolean over(long step, ExcessLoss losses) {
    // Both means have the same weights, so that their ratio needs no correction at the start.
    proxy = DECAY * proxy + losses.loss();
    reference = DECAY * reference + losses.reference();
    over |= step >= least && (given != null || proxy < CLOSE * reference);
    return over;
  }

  State state() {
    return new State(proxy, reference, over);
  }

  void restore(State state) {
    proxy = state.proxy();
    reference = state.reference();
    over = state.over();
  }
}
