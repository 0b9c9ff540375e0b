package io.winnow.prune;

import io.winnow.config.OrNull;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** k-means as steps use it. */
final class Clustering {
  private Clustering() {}

  /** One cluster for 500 rows where no number is given. */
  static KMeans.Clusters of(
      Rows rows,
      @OrNull Integer clusters,
      boolean spherical,
      RandomStreams random,
      Progress progress) {
    int k = clusters == null ? Math.max(1, rows.count() / 500) : clusters;
    progress.begin("cluster", "images", rows.count(), 0);
    try {
      return new KMeans(50, spherical).fit(rows, k, random);
    } finally {
      progress.end();
    }
  }

  /** Rows of every cluster, ascending. */
  static List<int[]> members(KMeans.Clusters found) {
    return IntStream.range(0, found.sizes().length)
        .mapToObj(
            c ->
                IntStream.range(0, found.labels().length)
                    .filter(row -> found.labels()[row] == c)
                    .toArray())
        .toList();
  }

  /** What a user should know about clusters that had no rows. */
  static List<String> notes(KMeans.Clusters found) {
    List<String> notes = new ArrayList<>();
    if (found.refilled() > 0) {
      notes.add(
          found.refilled()
              + " clusters became empty and were given the image farthest from its own.");
    }
    long empty = IntStream.of(found.sizes()).filter(size -> size == 0).count();
    if (empty > 0) {
      notes.add(empty + " clusters stayed empty: fewer images differ than there are clusters.");
    }
    return notes;
  }
}
