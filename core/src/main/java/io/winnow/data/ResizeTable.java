package io.winnow.data;

/**
 * Which source pixels make each target pixel of one axis, and with which weights (Pillow's
 * Resample.c). Output i is the sum over j of source {@code first(i) + j} times weight {@code (i,
 * j)}.
 */
final class ResizeTable {
  /** Fraction bits of the integer weights. */
  static final int BITS = 22;

  private final int[] first;
  private final int[] count;
  private final int taps;
  private final double[] weights; // [m, taps]
  private final int[] fixed; // [m, taps]

  /** An axis of n pixels to one of m. */
  ResizeTable(int n, int m, Filter filter) {
    double scale = (double) n / m;
    double stretch = Math.max(scale, 1);
    double support = filter.support() * stretch;
    this.first = new int[m];
    this.count = new int[m];
    if (filter == Filter.NEAREST) {
      nearest(scale);
    }
    int most = 1;
    for (int i = 0; i < m && filter != Filter.NEAREST; i++) {
      double centre = (i + 0.5) * scale;
      first[i] = Math.max(0, (int) (centre - support + 0.5));
      count[i] = Math.min(n, (int) (centre + support + 0.5)) - first[i];
      most = Math.max(most, count[i]);
    }
    this.taps = most;
    this.weights = new double[m * taps];
    this.fixed = new int[m * taps];
    for (int i = 0; i < m; i++) {
      weigh(i, (i + 0.5) * scale, stretch, filter);
    }
  }

  /** Pillow walks along the axis by repeated addition; its rounding decides ties. */
  private void nearest(double scale) {
    double x = 0.5 * scale;
    for (int i = 0; i < first.length; i++, x += scale) {
      first[i] = (int) x;
      count[i] = 1;
    }
  }

  private void weigh(int i, double centre, double stretch, Filter filter) {
    // Pillow multiplies by the inverse, which rounds differently from a division.
    double inverse = 1 / stretch;
    double sum = 0;
    int at = i * taps;
    for (int j = 0; j < count[i]; j++) {
      double distance = (j + first[i] - centre + 0.5) * inverse;
      weights[at + j] = filter == Filter.NEAREST ? 1 : filter.at(distance);
      sum += weights[at + j];
    }
    for (int j = 0; j < count[i]; j++) {
      double weight = sum == 0 ? weights[at + j] : weights[at + j] * (1 / sum);
      weights[at + j] = weight;
      fixed[at + j] = (int) (weight * (1 << BITS) + (weight < 0 ? -0.5 : 0.5));
    }
  }

  /** First source pixel of every target pixel, [m]; not to be written to. */
  int[] firsts() {
    return first;
  }

  int first(int i) {
    return first[i];
  }

  int count(int i) {
    return count[i];
  }

  /** Row length of the weights: the most source pixels that a target pixel has. */
  int taps() {
    return taps;
  }

  /** Weights in 1/2^22, [m, taps]; not to be written to. */
  int[] fixed() {
    return fixed;
  }

  /** Weights, [m, taps]; not to be written to. */
  double[] weights() {
    return weights;
  }
}
