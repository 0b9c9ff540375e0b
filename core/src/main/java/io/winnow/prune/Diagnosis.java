package io.winnow.prune;

import io.winnow.artifact.SelectionDiagnostics;
import io.winnow.artifact.SelectionDiagnostics.Coverage;
import io.winnow.artifact.SelectionDiagnostics.Share;
import io.winnow.config.OrNull;
import io.winnow.eval.FrechetDistance;
import io.winnow.eval.FrechetStatistics;
import io.winnow.eval.LabelledRows;
import io.winnow.eval.NearestNeighbours;
import io.winnow.eval.PrecisionRecall;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Looks at a selection: {@link SelectionDiagnostics}. Memory does not grow with the number of rows
 * times their width: what needs pairs takes rows that are drawn where there are more of them.
 */
public final class Diagnosis {
  /** Dropped rows whose nearest kept one is searched. */
  private static final int MEASURED = 20_000;

  /** Rows of either side of precision and recall. */
  private static final int COMPARED = 5_000;

  /** The neighbour that a ball reaches to, as published. */
  private static final int NEIGHBOUR = 3;

  private static final int CLUSTER_ROWS = 500;
  private static final int CLUSTERS = 100;

  private final Rows rows;
  private final int[] kept;
  private final int[] dropped;
  private final RandomStreams random;

  private Diagnosis(Rows rows, int[] kept, long seed) {
    boolean[] stays = stays(rows.count(), kept);
    this.rows = rows;
    this.kept = kept;
    this.dropped = IntStream.range(0, stays.length).filter(row -> !stays[row]).toArray();
    this.random = RandomStreams.of(seed);
  }

  /**
   * Clusters by k-means, a cluster for 500 rows, at least two and at most 100; their centres are in
   * the scope around.
   */
  public static KMeans.Clusters clusters(Rows rows, long seed) {
    int k = Math.min(rows.count(), Math.min(CLUSTERS, Math.max(2, rows.count() / CLUSTER_ROWS)));
    return new KMeans(20, false).fit(rows, k, RandomStreams.of(seed));
  }

  /**
   * All that can be said.
   *
   * @param kept row numbers, ascending
   * @param clusters of the rows
   * @param className of a label
   */
  public static SelectionDiagnostics of(
      Rows rows, int[] kept, KMeans.Clusters clusters, IntFunction<String> className, long seed) {
    try (Scope scope = Scope.open()) {
      Diagnosis found = new Diagnosis(rows, kept, seed);
      PrecisionRecall typical = found.precisionRecall();
      return new SelectionDiagnostics(
          rows.count(),
          kept.length,
          classes(rows.labels(), kept, className),
          found.shares(clusters),
          found.coverage(),
          found.frechetDistance(),
          typical == null ? null : typical.precision(),
          typical == null ? null : typical.recall(),
          typical == null ? 0 : Math.min(COMPARED, Math.max(kept.length, found.dropped.length)),
          null);
    }
  }

  /**
   * Another row of a set.
   *
   * @param distance Euclidean
   */
  public record Neighbour(int row, double distance) {}

  /**
   * The kept row nearest to one, itself left out.
   *
   * @param kept row numbers, ascending
   * @return null where no other one is kept
   */
  public static @OrNull Neighbour nearestKept(Rows rows, int[] kept, int row) {
    int[] others = IntStream.of(kept).filter(other -> other != row).toArray();
    if (others.length == 0) {
      return null;
    }
    NearestNeighbours.Result found =
        NearestNeighbours.of(new ChosenRows(rows, new int[] {row}), new ChosenRows(rows, others));
    return new Neighbour(others[Math.toIntExact(found.indices()[0])], found.distances()[0]);
  }

  /** What can be said without features. */
  public static SelectionDiagnostics ofLabels(
      int[] labels, int[] kept, IntFunction<String> className) {
    return new SelectionDiagnostics(
        labels.length,
        kept.length,
        classes(labels, kept, className),
        List.of(),
        null,
        null,
        null,
        null,
        0,
        null);
  }

  private static boolean[] stays(int count, int[] kept) {
    boolean[] stays = new boolean[count];
    IntStream.of(kept).forEach(row -> stays[row] = true);
    return stays;
  }

  private static List<Share> classes(int[] labels, int[] kept, IntFunction<String> className) {
    return shares(labels, stays(labels.length, kept), className);
  }

  /** In the order of the numbers. */
  private static List<Share> shares(int[] of, boolean[] stays, IntFunction<String> name) {
    Map<Integer, int[]> counts = new TreeMap<>();
    for (int row = 0; row < of.length; row++) {
      int[] count = counts.computeIfAbsent(of[row], key -> new int[2]);
      count[0]++;
      count[1] += stays[row] ? 1 : 0;
    }
    List<Share> shares = new ArrayList<>();
    counts.forEach((key, n) -> shares.add(new Share(name.apply(key), n[0], n[1])));
    return shares;
  }

  private List<Share> shares(KMeans.Clusters clusters) {
    return shares(clusters.labels(), stays(rows.count(), kept), c -> "cluster " + c).stream()
        .sorted(Comparator.comparingInt(Share::rows).reversed())
        .toList();
  }

  private @OrNull Coverage coverage() {
    if (dropped.length == 0 || kept.length == 0) {
      return null;
    }
    int[] some = drawn(dropped, MEASURED, "diagnosis.coverage");
    double[] distances = NearestNeighbours.of(source(some), source(kept)).distances();
    Arrays.sort(distances);
    double mean = Arrays.stream(distances).sum() / distances.length;
    return new Coverage(
        mean, percentile(distances, 0.95), distances[distances.length - 1], distances.length);
  }

  private static double percentile(double[] sorted, double share) {
    double place = share * (sorted.length - 1);
    int below = (int) Math.floor(place);
    int above = Math.min(sorted.length - 1, below + 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }

  private NearestNeighbours.Source source(int[] some) {
    return new ChosenRows(rows, some);
  }

  private @OrNull Double frechetDistance() {
    if (kept.length < 2) {
      return null;
    }
    LabelledRows all =
        new LabelledRows() {
          @Override
          public int dimension() {
            return rows.dimension();
          }

          @Override
          public int[] labels() {
            return rows.labels();
          }

          @Override
          public Tensor gather(int[] positions) {
            return rows.gather(positions);
          }
        };
    FrechetStatistics some = FrechetStatistics.of(all, kept);
    int[] every = IntStream.range(0, rows.count()).toArray();
    return FrechetDistance.of(some, FrechetStatistics.of(all, every));
  }

  /**
   * Between what was dropped and what was kept: kept rows are among all rows, so that against all
   * of them precision would be 1 whatever was kept.
   */
  private @OrNull PrecisionRecall precisionRecall() {
    if (Math.min(kept.length, dropped.length) <= NEIGHBOUR) {
      return null;
    }
    Tensor reference = rows.gather(drawn(dropped, COMPARED, "diagnosis.dropped"));
    Tensor chosen = rows.gather(drawn(kept, COMPARED, "diagnosis.kept"));
    return PrecisionRecall.of(reference, chosen, NEIGHBOUR);
  }

  private int[] drawn(int[] from, int most, String purpose) {
    if (from.length <= most) {
      return from;
    }
    return Arrays.stream(random.permutation(from.length, purpose))
        .limit(most)
        .map(i -> from[i])
        .sorted()
        .toArray();
  }

  /**
   * How much two selections from the same rows have in common.
   *
   * @param kept ids, without one standing twice
   * @param other ids of the other
   * @param rows that both selected from
   */
  public static SelectionDiagnostics.Overlap overlap(
      Set<String> kept, Set<String> other, int rows, String name) {
    int both = Math.toIntExact(kept.stream().filter(other::contains).count());
    int either = kept.size() + other.size() - both;
    return new SelectionDiagnostics.Overlap(
        name,
        both,
        (double) both / Math.max(1, either),
        (double) both / Math.max(1, kept.size()),
        (double) other.size() / Math.max(1, rows));
  }
}
