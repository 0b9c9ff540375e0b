package io.winnow.reweight;

/**
 * Sums the margins d_i = l_i - r_i of one optimiser step by class; micro-batches and ranks add up.
 * The signal of a class is the mean of its margins, cut at zero as {@link Clip} says. All float64.
 */
public final class ExcessLoss {
  private final Clip clip;
  private final double[] sums;
  private final long[] counts;
  private long clipped;

  public ExcessLoss(int classCount, Clip clip) {
    this.clip = clip;
    this.sums = new double[classCount];
    this.counts = new long[classCount];
  }

  /** Adds the margin of one sample (or of one loss element) of a class. */
  public void add(int group, double margin) {
    clipped += margin <= 0 ? 1 : 0;
    sums[group] += clip == Clip.SAMPLE ? Math.max(margin, 0) : margin;
    counts[group]++;
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

  /** Margins added so far. */
  public long count() {
    long all = 0;
    for (long count : counts) {
      all += count;
    }
    return all;
  }

  /** Margins added so far that were zero or below. */
  public long clipped() {
    return clipped;
  }
}
