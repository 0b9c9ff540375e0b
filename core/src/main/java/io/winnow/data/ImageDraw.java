package io.winnow.data;

import io.winnow.tensor.RandomStreams;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Which part of a data set is taken: a split, one of two disjoint halves, and a number of images.
 * Whether an image belongs to the part depends on the seed and the images' ids, not on their order;
 * classes keep their shares.
 *
 * @param split name of a folder in the set; "" for everything
 * @param half 0 for the whole set; 1 or 2 for one of the halves
 * @param limit most images that are taken; 0 for all
 */
public record ImageDraw(String split, int half, int limit, long seed) {
  public ImageDraw {
    if (half < 0 || half > 2) {
      throw new IllegalArgumentException("half " + half + "; expected 0, 1 or 2");
    }
    if (limit < 0) {
      throw new IllegalArgumentException(
          "limit " + limit + "; expected a number of images, or 0 for all of them");
    }
  }

  private record Ranked(int index, int label, double place) {}

  /** Positions of the images taken, ascending. */
  public int[] of(Dataset dataset) {
    Map<Integer, List<Integer>> byLabel = new TreeMap<>();
    for (int i = 0; i < dataset.size(); i++) {
      byLabel.computeIfAbsent(dataset.label(i), label -> new ArrayList<>()).add(i);
    }
    List<Ranked> taken = new ArrayList<>();
    byLabel.forEach((label, members) -> taken.addAll(ranked(dataset, label, members)));
    int count = limit == 0 ? taken.size() : Math.min(limit, taken.size());
    return taken.stream()
        .sorted(Comparator.comparingDouble(Ranked::place).thenComparingInt(Ranked::label))
        .limit(count)
        .mapToInt(Ranked::index)
        .sorted()
        .toArray();
  }

  /** Members of one class, or of its half, each with its place in (0, 1) along a drawn order. */
  private List<Ranked> ranked(Dataset dataset, int label, List<Integer> members) {
    int[] order = drawn(dataset, members);
    if (half > 0) {
      // Odd classes give their odd image to either half in turn.
      int parity = Math.floorMod(label + half, 2);
      int[] all = order;
      order =
          IntStream.range(0, all.length)
              .filter(rank -> rank % 2 == parity)
              .map(rank -> all[rank])
              .toArray();
    }
    List<Ranked> ranked = new ArrayList<>();
    for (int rank = 0; rank < order.length; rank++) {
      ranked.add(new Ranked(order[rank], label, (rank + 0.5) / order.length));
    }
    return ranked;
  }

  private int[] drawn(Dataset dataset, List<Integer> members) {
    RandomStreams streams = RandomStreams.of(seed);
    record Keyed(int index, long key) {}
    return members.stream()
        .map(i -> new Keyed(i, streams.bits("image-draw " + dataset.id(i))))
        .sorted(Comparator.comparingLong(Keyed::key).thenComparingInt(Keyed::index))
        .mapToInt(Keyed::index)
        .toArray();
  }

  /** In words, behind the name of the set; empty for everything. */
  public String describe(int taken, int of) {
    List<String> words = new ArrayList<>();
    if (!split.isEmpty()) {
      words.add("split " + split);
    }
    if (half > 0) {
      words.add("half " + half + " of 2");
    }
    if (taken < of) {
      words.add(String.format(Locale.ROOT, "%,d of %,d images, seed %d", taken, of, seed));
    }
    return String.join(", ", words);
  }
}
