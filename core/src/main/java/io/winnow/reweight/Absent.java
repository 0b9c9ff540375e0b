package io.winnow.reweight;

/** What a class that is missing from the batch is moved by. */
public enum Absent {
  /** By its last signal (DoReMi). */
  LAST,
  /** By nothing but the renormalisation (GroupDRO). */
  ZERO,
  /** Not at all: the classes present share out the mass that they have. */
  SKIP,
  /** By its signal averaged over the steps that had it, with a new signal's share 0.1. */
  EMA
}
