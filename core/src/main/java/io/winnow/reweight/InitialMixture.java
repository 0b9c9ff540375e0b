package io.winnow.reweight;

/** Where the mixture starts. */
public enum InitialMixture {
  /** At the frequencies of the classes in the coreset. */
  FREQUENCY,
  /** At equal shares. */
  UNIFORM
}
