package io.winnow.compare;

/** What a comparison says of B against A. */
public enum Verdict {
  /** B's distance is smaller. */
  BETTER,
  /** B's distance is larger. */
  WORSE,
  /** The interval of the ratio holds 1. */
  CANNOT_TELL
}
