package io.winnow.prune;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * Rows that were chosen one after the other inside every group.
 *
 * @param kept ascending
 * @param places of every row in the order of its group's choice; NaN where it was not chosen
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
record GreedyChoice(int[] kept, double[] places) {
  /**
   * Chooses.
   *
   * @param known about the rows; an order of which every beginning is the same is taken from there
   * @param name of the order
   * @param order the first rows to choose of some, as many as wanted
   */
  static GreedyChoice of(
      Rows rows,
      Grouping grouping,
      double ratio,
      Findings.About known,
      String name,
      BiFunction<Rows, Integer, int[]> order) {
    double[] places = new double[rows.count()];
    Arrays.fill(places, Double.NaN);
    List<int[]> kept = new ArrayList<>();
    for (Group group : Group.of(grouping, rows.labels())) {
      Rows members = new SubRows(rows, group.rows());
      int[] chosen =
          known.first(
              Arrays.asList(name, grouping, group.label()),
              Group.count(group.size(), ratio),
              count -> order.apply(members, count));
      for (int i = 0; i < chosen.length; i++) {
        places[group.rows()[chosen[i]]] = i;
      }
      kept.add(IntStream.of(chosen).map(row -> group.rows()[row]).toArray());
    }
    return new GreedyChoice(kept.stream().flatMapToInt(IntStream::of).sorted().toArray(), places);
  }
}
