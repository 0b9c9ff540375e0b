package io.winnow.reweight;

import java.util.Arrays;

/**
 * The exponentiated-gradient update of the mixture alpha over classes: log alpha_c += eta lambda_c,
 * normalised, then mixed with the uniform mixture at rate c.
 *
 * <p>Source: Eq. (2) of the paper (section III-C), whose maximum over alpha this climbs to; DoReMi,
 * {@code doremi/trainer.py}, for the update, its smoothing and the treatment of absent classes.
 * {@code smoothing} is c, {@code signals} are lambda. All arithmetic is float64 on the host.
 */
public final class DoremiUpdate {
  static final double EMA_SHARE = 0.1;

  /** A mixture whose sum is nearer to 1 is left as it is. */
  static final double NORMALISED = 1e-9;

  private final double smoothing;
  private final Absent absent;
  private final Average average;
  private final double[] initial;
  private double[] alpha;
  private double[] alphaSum;
  private double[] lambda;
  private boolean[] seen;
  private long steps;

  /**
   * Everything that an update changes; goes into the checkpoint.
   *
   * @param alpha mixture, [K]
   * @param alphaSum sum of the mixtures after each update, [K]
   * @param lambda last signal of each class, [K]
   * @param seen whether a class has had a signal, [K]
   * @param steps updates so far
   */
  @SuppressWarnings("ArrayRecordComponent") // a snapshot that goes straight to and from a file
  public record State(
      double[] alpha, double[] alphaSum, double[] lambda, boolean[] seen, long steps) {}

  /**
   * Starts at a mixture.
   *
   * @param initial mixture to start from, [K], positive; brought to sum 1, as DoReMi does
   * @param initialSignal lambda of every class before its first one
   * @param smoothing c in (0, 1): keeps alpha_c at or above c / K
   * @throws IllegalArgumentException when {@code initial} has a share that is not above 0
   */
  public DoremiUpdate(
      double[] initial, double initialSignal, double smoothing, Absent absent, Average average) {
    if (!(smoothing > 0 && smoothing < 1)) {
      throw new IllegalArgumentException(
          "reweight.smoothing: "
              + smoothing
              + " is not in (0, 1); without smoothing a class can reach weight 0 and never come"
              + " back. Use 1e-3.");
    }
    this.smoothing = smoothing;
    this.absent = absent;
    this.average = average;
    if (!Arrays.stream(initial).allMatch(share -> share > 0 && share < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "reweight: the mixture "
              + Arrays.toString(initial)
              + " to start from has a share that is not a number above 0; leave empty classes out.");
    }
    this.initial = normalised(initial);
    this.alpha = this.initial.clone();
    this.alphaSum = new double[initial.length];
    this.lambda = new double[initial.length];
    Arrays.fill(lambda, initialSignal);
    this.seen = new boolean[initial.length];
  }

  /**
   * One step of the mixture.
   *
   * @param signals mean margin per class, [K]; NaN for a class that the batch did not have
   * @param eta step size
   * @param share of a whole batch that the batch is, in (0, 1]: it counts as that much of an
   *     update, so that both eta and the smoothing are scaled by it and the fixed point stays where
   *     it is
   */
  public void update(double[] signals, double eta, double share) {
    for (int c = 0; c < signals.length; c++) {
      if (!Double.isNaN(signals[c])) {
        boolean smooth = absent == Absent.EMA && seen[c];
        lambda[c] = smooth ? lambda[c] + EMA_SHARE * (signals[c] - lambda[c]) : signals[c];
        seen[c] = true;
      }
    }
    move(signals, eta * share, smoothing * share);
    for (int c = 0; c < alpha.length; c++) {
      alphaSum[c] += alpha[c];
    }
    steps++;
  }

  private void move(double[] signals, double eta, double uniform) {
    boolean[] moved = new boolean[alpha.length];
    double[] logits = new double[alpha.length];
    double mass = 0;
    int movedCount = 0;
    double largest = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < alpha.length; c++) {
      boolean present = !Double.isNaN(signals[c]);
      moved[c] = present || absent != Absent.SKIP;
      if (moved[c]) {
        mass += alpha[c];
        movedCount++;
        logits[c] = Math.log(alpha[c]) + (present || absent != Absent.ZERO ? eta * lambda[c] : 0);
        largest = Math.max(largest, logits[c]);
      }
    }
    double sum = 0;
    for (int c = 0; c < alpha.length; c++) {
      sum += moved[c] ? Math.exp(logits[c] - largest) : 0;
    }
    // Without SKIP every class moves and the mass is that of the whole simplex, exactly 1.
    double total = movedCount == alpha.length ? 1 : mass;
    for (int c = 0; c < alpha.length; c++) {
      if (moved[c]) {
        double share = Math.exp(logits[c] - largest) / sum;
        alpha[c] = total * ((1 - uniform) * share + uniform / movedCount);
      }
    }
    alpha = normalised(alpha);
  }

  /** A copy with sum 1; the same numbers where that is so within 1e-9. */
  private static double[] normalised(double[] mixture) {
    double sum = Arrays.stream(mixture).sum();
    return Arrays.stream(mixture).map(a -> Math.abs(sum - 1) < NORMALISED ? a : a / sum).toArray();
  }

  /** Holds the mixture where it is for one step of the warm-up; the average does not count it. */
  public void hold(double[] signals) {
    for (int c = 0; c < signals.length; c++) {
      if (!Double.isNaN(signals[c])) {
        lambda[c] = signals[c];
        seen[c] = true;
      }
    }
  }

  /** The mixture after the last update, [K], sum 1. */
  public double[] alpha() {
    return alpha.clone();
  }

  /** The last signal of each class, [K]. */
  public double[] signals() {
    return lambda.clone();
  }

  /** Updates so far. */
  public long steps() {
    return steps;
  }

  /** The mean mixture, [K], sum 1; before the first update the initial one. */
  public double[] mean() {
    return average.mean(alphaSum, initial, steps);
  }

  public State state() {
    return new State(alpha.clone(), alphaSum.clone(), lambda.clone(), seen.clone(), steps);
  }

  /** Goes on from a state that {@link #state} gave. */
  public void restore(State state) {
    alpha = state.alpha().clone();
    alphaSum = state.alphaSum().clone();
    lambda = state.lambda().clone();
    seen = state.seen().clone();
    steps = state.steps();
  }
}
