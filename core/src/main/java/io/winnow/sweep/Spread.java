package io.winnow.sweep;

import io.winnow.config.OrNull;
import java.util.List;

/**
 * A number over the seeds of a cell.
 *
 * @param n seeds
 * @param deviation sample standard deviation, by n - 1; null of one seed
 */
record Spread(int n, double mean, @OrNull Double deviation) {
  static Spread of(List<Double> values) {
    int n = values.size();
    double mean = values.stream().mapToDouble(x -> x).average().orElseThrow();
    double squares = values.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum();
    return new Spread(n, mean, n == 1 ? null : Math.sqrt(squares / (n - 1)));
  }
}
