package io.winnow.reweight;

/** What moves the mixture over classes. */
public enum Rule {
  /** The margin between the proxy and a reference trained on everything (the paper; DoReMi). */
  DOREMI,
  /** The proxy's loss itself; no reference is trained or asked (group DRO). */
  GROUP_DRO,
  /**
   * Nothing: a class weighs in inverse proportion to its share of the coreset, so that all classes
   * count alike; neither proxy nor reference is trained. The control of the other two.
   */
  INVERSE_FREQUENCY
}
