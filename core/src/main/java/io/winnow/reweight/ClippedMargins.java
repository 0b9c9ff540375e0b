package io.winnow.reweight;

import java.util.Arrays;

/**
 * How many margins were zero or below, by class and over the run. A reference worth its name is
 * ahead of the proxy on most samples, and its lead must not be gone at the end.
 */
final class ClippedMargins {
  static final int QUARTERS = 4;
  private static final double HALF = 0.5;
  private static final double GROWTH = 0.1;

  private long[] margins; // [K]
  private long[] clipped; // [K]
  private long[] quarterMargins = new long[QUARTERS];
  private long[] quarterClipped = new long[QUARTERS];

  /** For the checkpoint. */
  @SuppressWarnings("ArrayRecordComponent") // a snapshot that goes straight to and from a file
  record State(long[] margins, long[] clipped, long[] quarterMargins, long[] quarterClipped) {}

  ClippedMargins(int classes) {
    margins = new long[classes];
    clipped = new long[classes];
  }

  /** Adds an update; {@code progress} in [0, 1) is how much of the counted updates lies before. */
  void add(ExcessLoss excess, double progress) {
    long[] counts = excess.counts();
    long[] cut = excess.clipped();
    int quarter = (int) (QUARTERS * progress);
    for (int c = 0; c < counts.length; c++) {
      margins[c] += counts[c];
      clipped[c] += cut[c];
      quarterMargins[quarter] += counts[c];
      quarterClipped[quarter] += cut[c];
    }
  }

  /** Share of all margins, in [0, 1]. */
  double share() {
    return share(Arrays.stream(clipped).sum(), Arrays.stream(margins).sum());
  }

  /** Share of each class's margins, [K]. */
  double[] shares() {
    double[] shares = new double[margins.length];
    Arrays.setAll(shares, c -> share(clipped[c], margins[c]));
    return shares;
  }

  /** Share of the margins in a quarter of the counted updates, 0 to 3. */
  double quarter(int index) {
    return share(quarterClipped[index], quarterMargins[index]);
  }

  /** Whether the share grew by a tenth or more and ends above a half. */
  boolean grows() {
    double end = quarter(QUARTERS - 1);
    return quarterMargins[0] > 0 && end > HALF && end - quarter(0) >= GROWTH;
  }

  private static double share(long part, long whole) {
    return whole == 0 ? 0 : (double) part / (double) whole;
  }

  State state() {
    return new State(
        margins.clone(), clipped.clone(), quarterMargins.clone(), quarterClipped.clone());
  }

  void restore(State state) {
    margins = state.margins().clone();
    clipped = state.clipped().clone();
    quarterMargins = state.quarterMargins().clone();
    quarterClipped = state.quarterClipped().clone();
  }
}
