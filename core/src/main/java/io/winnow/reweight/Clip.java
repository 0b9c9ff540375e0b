package io.winnow.reweight;

/** Where the margin between proxy and reference is cut at zero. */
public enum Clip {
  /** Per sample, before the mean over a class (the paper: "the margin on an example"; DoReMi). */
  SAMPLE,
  /** Per class, after the mean: less biased towards classes whose margins are noisy. */
  CLASS,
  /** Nowhere: a class that the proxy learns better than the reference may fall below zero. */
  NONE
}
