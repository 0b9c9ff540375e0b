package io.winnow.compare;

import io.winnow.config.OrNull;
import java.util.List;

/**
 * What is asked of a comparison.
 *
 * @param metric name of a distance, {@code fid}, {@code fd-ENCODER@2k}, {@code class-fd}; null for
 *     the first of the recipe
 * @param errorRate two-sided: how often better or worse may be said where there is no difference
 * @param gap relative difference for which seeds are counted beside {@link #GAPS}; null for none
 */
public record Question(@OrNull String metric, double errorRate, @OrNull Double gap) {
  /** The error rate where none is asked for. */
  public static final double USUAL_ERROR_RATE = 0.05;

  /** The gaps for which seeds are counted. */
  static final List<Double> GAPS = List.of(0.02, 0.05);

  public Question {
    if (!(errorRate > 0 && errorRate < 0.5)) {
      throw new IllegalArgumentException(
          "error rate %s: not in (0, 0.5). Write 0.05 for 5 %%.".formatted(errorRate));
    }
    if (gap != null && !(gap > 0 && gap < 1)) {
      throw new IllegalArgumentException(
          "gap %s: not in (0, 1). Write 0.03 for 3 %%.".formatted(gap));
    }
  }
}
