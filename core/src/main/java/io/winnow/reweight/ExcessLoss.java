package io.winnow.reweight;

import java.util.Arrays;

/**
 * The excess losses inside Eq. (2) of the paper (section III-C), min over theta, max over alpha of
 * sum_c alpha_c (l_c(theta) - l_c(theta_0)): sums the margins d_i = l_i - r_i of one optimiser step
 * by class, l_i the proxy's loss of a sample and r_i the reference's; micro-batches and ranks add
 * up. The signal of a class is the mean of its margins, cut at zero as {@link Clip} says. All
 * float64.
 */
public final class ExcessLoss {
  private final Clip clip;
  private final double[] sums;
  private final long[] counts;
  private final long[] clipped;
  private double loss;
  private double reference;

  /** {@code classCount}: K. */
  public ExcessLoss(int classCount, Clip clip) {
    this.clip = clip;
    this.sums = new double[classCount];
    this.counts = new long[classCount];
    this.clipped = new long[classCount];
  }

  /** Adds one sample (or one loss element) of a class: its loss under proxy and reference. */
  public void add(int group, double proxyLoss, double referenceLoss) {
    double margin = proxyLoss - referenceLoss;
    clipped[group] += margin <= 0 ? 1 : 0;
    sums[group] += clip == Clip.SAMPLE ? Math.max(margin, 0) : margin;
    counts[group]++;
    loss += proxyLoss;
    reference += referenceLoss;
  }

  /** Mean margin per class, [K]; NaN for a class that no sample had. */
  public double[] signals() {
    double[] signals = new double[sums.length];
    for (int c = 0; c < signals.length; c++) {
      double mean = sums[c] / counts[c];
      signals[c] = clip == Clip.CLASS && mean < 0 ? 0 : mean;
    }
    return signals;
  }

  /** Samples added so far. */
  public long count() {
    return Arrays.stream(counts).sum();
  }

  /** Samples of each class, [K]. */
  long[] counts() {
    return counts.clone();
  }

  /** Margins of each class that were zero or below, [K]. */
  long[] clipped() {
    return clipped.clone();
  }

  /** Sum of the proxy's losses. */
  double loss() {
    return loss;
  }

  /** Sum of the reference's losses. */
  double reference() {
    return reference;
  }
}
