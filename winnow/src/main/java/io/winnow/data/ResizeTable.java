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
    this.taps = 2 * (int) Math.ceil(support) + 1;
    this.weights = new double[m * taps];
    this.fixed = new int[m * taps];
    if (filter == Filter.NEAREST) {
      nearest(scale);
      return;
    }
    for (int i = 0; i < m; i++) {
      double centre = (i + 0.5) * scale;
      first[i] = Math.max(0, (int) (centre - support + 0.5));
      count[i] = Math.min(n, (int) (centre + support + 0.5)) - first[i];
      weigh(i, centre, stretch, filter);
    }
  }

  /** Pillow walks along the axis by repeated addition; its rounding decides ties. */
  private void nearest(double scale) {
    double x = 0.5 * scale;
    for (int i = 0; i < first.length; i++, x += scale) {
      first[i] = (int) x;
      count[i] = 1;
      weights[i * taps] = 1;
      fixed[i * taps] = 1 << BITS;
    }
  }

  private void weigh(int i, double centre, double stretch, Filter filter) {
    // Pillow multiplies by the inverse, which rounds differently from a division.
    double inverse = 1 / stretch;
    double sum = 0;
    int at = i * taps;
    for (int j = 0; j < count[i]; j++) {
      weights[at + j] = filter.at((j + first[i] - centre + 0.5) * inverse);
      sum += weights[at + j];
    }
    for (int j = 0; j < count[i]; j++) {
      double weight = sum == 0 ? weights[at + j] : weights[at + j] * (1 / sum);
      weights[at + j] = weight;
      fixed[at + j] = (int) (weight * (1 << BITS) + (weight < 0 ? -0.5 : 0.5));
    }
  }

  int first(int i) {
    return first[i];
  }

  int count(int i) {
    return count[i];
  }

  /** Row length of the weights. */
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
