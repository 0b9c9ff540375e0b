package io.winnow.eval;

import java.util.Arrays;

/**
 * A metric over several subsets or splits.
 *
 * @param mean over them
 * @param std population standard deviation over them
 */
public record Spread(double mean, double std) {
  /** Of one value per subset or split. */
  public static Spread of(double[] values) {
    double mean = Arrays.stream(values).average().orElseThrow();
    double variance =
        Arrays.stream(values).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
    return new Spread(mean, Math.sqrt(variance));
  }
}
