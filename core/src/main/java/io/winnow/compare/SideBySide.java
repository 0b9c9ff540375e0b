package io.winnow.compare;

import io.winnow.config.OrNull;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Two or more sides, each against the first one, by every distance that both have.
 *
 * @param sides in the order in which they were given
 * @param leftOut distances of the first side that others are not compared by, each with why
 */
public record SideBySide(List<Entry> sides, List<String> leftOut) {

  /**
   * One side.
   *
   * @param name the end of its path, as short as tells it from the others
   * @param runs folders of its runs by seed
   * @param comparisons of it against the first side, in the order of that one's recipe; none of the
   *     first itself
   */
  public record Entry(
      String name, Path path, NavigableMap<Long, Path> runs, List<Comparison> comparisons) {}

  /**
   * Reads and compares.
   *
   * @param paths two or more, each a run's folder or one that holds runs of one recipe with several
   *     seeds; the first is what the others are compared with
   * @param errorRate two-sided, of every single verdict
   * @throws IllegalArgumentException when two of them cannot be compared, naming what differs
   */
  public static SideBySide of(List<Path> paths, double errorRate) {
    if (paths.size() < 2) {
      throw new IllegalArgumentException(
          "%s: %d to compare; expected two or more.".formatted(paths, paths.size()));
    }
    List<Side> sides = paths.stream().map(Side::read).toList();
    for (int i = 0; i < sides.size(); i++) {
      for (Side other : sides.subList(i + 1, sides.size())) {
        Side.requireApart(sides.get(i), other);
      }
    }
    List<String> names = names(paths);
    List<Entry> entries = new ArrayList<>();
    TreeSet<String> leftOut = new TreeSet<>();
    for (int i = 0; i < sides.size(); i++) {
      List<Comparison> found =
          i == 0 ? List.of() : compare(sides.get(0), sides.get(i), errorRate, leftOut);
      entries.add(new Entry(names.get(i), sides.get(i).path(), folders(sides.get(i)), found));
    }
    return new SideBySide(List.copyOf(entries), List.copyOf(leftOut));
  }

  /**
   * Some runs of a cell of a sweep against some of another, by every distance that all of them
   * have.
   *
   * @param a folders of finished runs that differ in their seed, at least one
   * @param b the same of what is judged
   * @throws IllegalArgumentException when they cannot be compared, naming what differs
   */
  public static List<Comparison> compare(List<Path> a, List<Path> b, double errorRate) {
    Side first = Side.of(a.get(0).getParent(), a);
    Side other = Side.of(b.get(0).getParent(), b);
    return compare(first, other, errorRate, new TreeSet<>());
  }

  private static List<Comparison> compare(
      Side first, Side other, double errorRate, TreeSet<String> leftOut) {
    List<Comparison> found = new ArrayList<>();
    for (DistanceSeries series : DistanceSeries.of(first.runs().firstEntry().getValue())) {
      List<SeedRun> without =
          first.and(other).stream().filter(run -> of(run, series.name()) == null).toList();
      if (!without.isEmpty()) {
        leftOut.add(series.name() + ": " + without.get(0).folder() + " has none.");
      } else if (!first.and(other).stream().allMatch(run -> of(run, series.name()).positive())) {
        leftOut.add(series.name() + ": not all values are above 0, so there are no ratios.");
      } else {
        found.add(Comparison.of(first, other, new Question(series.name(), errorRate, null)));
      }
    }
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "%s and %s: no distance that both have; expected one of %s of both."
              .formatted(
                  first.path(),
                  other.path(),
                  DistanceSeries.of(first.runs().firstEntry().getValue()).stream()
                      .map(DistanceSeries::name)
                      .toList()));
    }
    return List.copyOf(found);
  }

  private static @OrNull DistanceSeries of(SeedRun run, String name) {
    return DistanceSeries.of(run).stream()
        .filter(series -> series.name().equals(name))
        .findFirst()
        .orElse(null);
  }

  private static NavigableMap<Long, Path> folders(Side side) {
    NavigableMap<Long, Path> folders = new TreeMap<>();
    side.runs().forEach((seed, run) -> folders.put(seed, run.folder()));
    return folders;
  }

  /** The last parts of paths that differ, as few as tell all of them apart. */
  private static List<String> names(List<Path> paths) {
    List<Path> whole = paths.stream().map(path -> path.toAbsolutePath().normalize()).toList();
    int parts = 1;
    while (new HashSet<>(ends(whole, parts)).size() < paths.size()) {
      parts++;
    }
    return ends(whole, parts);
  }

  private static List<String> ends(List<Path> whole, int parts) {
    return whole.stream()
        .map(p -> p.subpath(Math.max(0, p.getNameCount() - parts), p.getNameCount()).toString())
        .toList();
  }
}
