package io.winnow.reweight;

/**
 * Running mean of every class's signal, how far the classes' means lie apart, and how much of that
 * is noise. The time constant is 1/c updates, at least 500; until then a mean is nearly the plain
 * one, as nothing is remembered from before the start.
 *
 * <p>With decay d, signals x_i of age a_i and batches of share s_i, everything by class: mean m =
 * sum d^a_i s_i x_i / W, W = sum d^a_i s_i; variance of a whole batch's signal v = sum d^a_i s_i
 * (x_i - m)^2 / (D - Q / W), D = sum d^a_i, Q = sum d^(2 a_i) s_i, which takes a signal's variance
 * as v / s_i; standard error of m: sqrt(v Q) / W. A class that a batch lacks only ages.
 */
final class SignalStatistics {
  private static final double SHORTEST = 500;

  private final double decay;
  private double[] mean;
  private double[] squares;
  private double[] weight; // W
  private double[] count; // D
  private double[] weightSquares; // Q

  /** For the checkpoint, [K] each. */
  @SuppressWarnings("ArrayRecordComponent") // a snapshot that goes straight to and from a file
  record State(
      double[] mean, double[] squares, double[] weight, double[] count, double[] weightSquares) {}

  SignalStatistics(int classes, double smoothing) {
    this.decay = decay(smoothing);
    this.mean = new double[classes];
    this.squares = new double[classes];
    this.weight = new double[classes];
    this.count = new double[classes];
    this.weightSquares = new double[classes];
  }

  /** What is left of a signal one update later. */
  static double decay(double smoothing) {
    return 1 - 1 / Math.max(1 / smoothing, SHORTEST);
  }

  /**
   * Adds one update.
   *
   * @param signals mean margin per class, [K]; NaN for a class that the batch did not have
   * @param share of a whole batch that the batch is, in (0, 1]
   */
  void add(double[] signals, double share) {
    for (int c = 0; c < mean.length; c++) {
      squares[c] *= decay;
      weight[c] *= decay;
      count[c] *= decay;
      weightSquares[c] *= decay * decay;
      if (!Double.isNaN(signals[c])) {
        double before = signals[c] - mean[c];
        weight[c] += share;
        count[c] += 1;
        weightSquares[c] += share;
        mean[c] += before * share / weight[c];
        squares[c] += share * before * (signals[c] - mean[c]);
      }
    }
  }

  /**
   * MAD: mean absolute deviation of the running means over the classes; 0 before two of them have
   * had two signals.
   */
  double spread() {
    int known = known();
    if (known < 2) {
      return 0;
    }
    double middle = 0;
    for (int c = 0; c < mean.length; c++) {
      middle += freedom(c) > 0 ? mean[c] / known : 0;
    }
    double deviation = 0;
    for (int c = 0; c < mean.length; c++) {
      deviation += freedom(c) > 0 ? Math.abs(mean[c] - middle) / known : 0;
    }
    return deviation;
  }

  /** SE: root mean square over the classes of the standard errors of their running means. */
  double standardError() {
    int known = known();
    double sum = 0;
    for (int c = 0; c < mean.length; c++) {
      if (freedom(c) > 0) {
        double variance = squares[c] / freedom(c);
        sum += variance * weightSquares[c] / (weight[c] * weight[c]) / known;
      }
    }
    return Math.sqrt(sum);
  }

  /** Classes with a variance. */
  private int known() {
    int known = 0;
    for (int c = 0; c < mean.length; c++) {
      known += freedom(c) > 0 ? 1 : 0;
    }
    return known;
  }

  /** D - Q / W; above 0 from the second signal on. */
  private double freedom(int c) {
    double freedom = weight[c] > 0 ? count[c] - weightSquares[c] / weight[c] : 0;
    return freedom > 1e-9 * count[c] ? freedom : 0;
  }

  State state() {
    return new State(
        mean.clone(), squares.clone(), weight.clone(), count.clone(), weightSquares.clone());
  }

  void restore(State state) {
    mean = state.mean().clone();
    squares = state.squares().clone();
    weight = state.weight().clone();
    count = state.count().clone();
    weightSquares = state.weightSquares().clone();
  }
}
