package io.winnow.compare;

/** What a comparison says of B against A. */
public enum Verdict {
  /** B's distance is smaller. */
  BETTER("better"),
  /** B's distance is larger. */
  WORSE("worse"),
  /** The interval of the ratio holds 1. */
  CANNOT_TELL("cannot tell yet");

  private final String words;

  Verdict(String words) {
    this.words = words;
  }

  /** For people. */
  public String words() {
    return words;
  }
}
