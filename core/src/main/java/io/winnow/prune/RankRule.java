package io.winnow.prune;

import java.util.Comparator;
import java.util.stream.IntStream;

/** Which rows of a group stay, by the rank of their scores, ascending, ties by row. */
public enum RankRule {
  /** One in every interval of ranks from the smallest on, so that every difficulty stays (D2C). */
  INTERVAL,
  LOWEST,
  MIDDLE,
  HIGHEST;

  /**
   * Selects.
   *
   * @param scores of all rows
   * @param count of rows of the group that stay
   * @return row numbers
   */
  IntStream select(double[] scores, Group group, int count) {
    double[] own = IntStream.of(group.rows()).mapToDouble(row -> scores[row]).toArray();
    return IntStream.of(positions(own, count)).map(position -> group.rows()[position]);
  }

  private int[] positions(double[] scores, int count) {
    return switch (this) {
      case INTERVAL -> spread(scores, count);
      case LOWEST -> ClusterSelection.NEAREST.count(scores, count);
      case MIDDLE -> ClusterSelection.MIDDLE.count(scores, count);
      case HIGHEST -> ClusterSelection.FURTHEST.count(scores, count);
    };
  }

  /** Ranks i m / count for i from 0, cut to whole ones. */
  private static int[] spread(double[] scores, int count) {
    int[] ranked =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(
                Comparator.comparingDouble((Integer row) -> scores[row])
                    .thenComparing(Comparator.naturalOrder()))
            .mapToInt(row -> row)
            .toArray();
    return IntStream.range(0, count)
        .map(i -> ranked[(int) ((long) i * ranked.length / count)])
        .toArray();
  }
}
