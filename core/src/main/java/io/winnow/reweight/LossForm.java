package io.winnow.reweight;

/**
 * How the mixture alpha weighs the losses of a batch: loss = sum_i c_i l_i. With v_c = alpha_c /
 * p_c, p_c the frequency of class c in the coreset. This is the minimisation over theta in Eq. (2)
 * of the paper (section III-C); the maximisation over alpha is {@link DoremiUpdate}.
 */
public enum LossForm {
  /** c_i = v_{y_i} / sum_j v_{y_j} (DoReMi). */
  NORMALIZED {
    @Override
    public double[] coefficients(double[] alpha, double[] frequency, int[] groups) {
      double[] c = ratios(alpha, frequency, groups);
      double sum = 0;
      for (double value : c) {
        sum += value;
      }
      return scaled(c, 1 / sum);
    }
  },
  /** c_i = v_{y_i} / B, unbiased for sum_c alpha_c E[l | c]. */
  PLAIN {
    @Override
    public double[] coefficients(double[] alpha, double[] frequency, int[] groups) {
      return scaled(ratios(alpha, frequency, groups), 1.0 / groups.length);
    }
  },
  /** c_i = alpha_{y_i} / (samples of that class in the batch) (GroupDRO). */
  GROUP {
    @Override
    public double[] coefficients(double[] alpha, double[] frequency, int[] groups) {
      int[] counts = new int[alpha.length];
      for (int group : groups) {
        counts[group]++;
      }
      double[] c = new double[groups.length];
      for (int i = 0; i < c.length; i++) {
        c[i] = alpha[groups[i]] / counts[groups[i]];
      }
      return c;
    }
  };

  /**
   * Coefficients of a whole batch.
   *
   * @param alpha the mixture, [K]
   * @param frequency share of each class in the coreset, [K], positive where a sample has the class
   * @param groups class of each sample, [B]
   * @return [B]
   */
  public abstract double[] coefficients(double[] alpha, double[] frequency, int[] groups);

  private static double[] ratios(double[] alpha, double[] frequency, int[] groups) {
    double[] v = new double[groups.length];
    for (int i = 0; i < v.length; i++) {
      v[i] = alpha[groups[i]] / frequency[groups[i]];
    }
    return v;
  }

  private static double[] scaled(double[] values, double factor) {
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor;
    }
    return values;
  }
}
