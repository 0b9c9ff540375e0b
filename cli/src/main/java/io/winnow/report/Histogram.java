package io.winnow.report;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;
import java.util.stream.IntStream;

/** Equal bins over the bulk of some values; the end bins take what lies outside. */
final class Histogram {
  private static final double TAIL = 0.005;

  private final double low;
  private final double width;
  private final int bins;

  /**
   * @param values finite, at least one
   */
  Histogram(double[] values, int bins) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int tail = (int) (TAIL * sorted.length);
    double high = sorted[sorted.length - 1 - tail];
    this.low = sorted[tail];
    this.width = high > low ? (high - low) / bins : 1;
    this.bins = bins;
  }

  /** How many of the values fall into each bin. */
  long[] counts(double[] values) {
    long[] counts = new long[bins];
    for (double value : values) {
      counts[(int) Math.max(0, Math.min(bins - 1, Math.floor((value - low) / width)))]++;
    }
    return counts;
  }

  /** As {@link #counts}, as shares in percent. */
  List<Double> percentages(double[] values) {
    return Arrays.stream(counts(values))
        .mapToObj(n -> Math.round(1000.0 * 100 * n / Math.max(1, values.length)) / 1000.0)
        .toList();
  }

  /** Middle of every bin, as labels of an axis: no two the same, however narrow the bins. */
  List<String> labels() {
    List<String> labels = labels(Numbers::value);
    int digits = Math.max(0, (int) Math.ceil(-Math.log10(width)));
    return labels.stream().distinct().count() == bins
        ? labels
        : labels(x -> String.format(Locale.ROOT, "%." + digits + "f", x));
  }

  private List<String> labels(DoubleFunction<String> text) {
    return IntStream.range(0, bins).mapToObj(i -> text.apply(low + (i + 0.5) * width)).toList();
  }
}
