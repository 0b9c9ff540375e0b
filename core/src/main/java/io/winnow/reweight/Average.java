package io.winnow.reweight;

/** Over which vectors the final mixture is averaged. */
public enum Average {
  /** alpha after each of the T updates (the paper). */
  AFTER_UPDATE,
  /** The initial alpha as well, T + 1 vectors (DoReMi). */
  WITH_INITIAL;

  /**
   * The mean mixture; before the first update the initial one.
   *
   * @param sum of the mixtures after each of {@code steps} updates, [K]
   * @param initial mixture, [K]
   */
  double[] mean(double[] sum, double[] initial, long steps) {
    if (steps == 0) {
      return initial.clone();
    }
    boolean withInitial = this == WITH_INITIAL;
    double[] mean = new double[sum.length];
    for (int c = 0; c < mean.length; c++) {
      mean[c] = (sum[c] + (withInitial ? initial[c] : 0)) / (steps + (withInitial ? 1 : 0));
    }
    return mean;
  }
}
