package io.winnow.reweight;

/** Over which vectors the final mixture is averaged. */
public enum Average {
  /** alpha after each of the T updates (the paper). */
  AFTER_UPDATE,
  /** The initial alpha as well, T + 1 vectors (DoReMi). */
  WITH_INITIAL
}
