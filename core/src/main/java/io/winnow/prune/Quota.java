package io.winnow.prune;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** How many rows of each class uniform selection draws. */
public enum Quota {
  /** round(R n_c), half to even: DeepCore's balanced rule. Totals may miss round(R n). */
  ROUND {
    @Override
    public int[] counts(int[] classCounts, double ratio) {
      return IntStream.of(classCounts).map(n -> (int) Math.rint(ratio * n)).toArray();
    }
  },
  /** floor(R n_c), the rest of round(R n) to the largest remainders, ties to the lower class. */
  LARGEST_REMAINDER {
    @Override
    public int[] counts(int[] classCounts, double ratio) {
      int[] counts = IntStream.of(classCounts).map(n -> (int) Math.floor(ratio * n)).toArray();
      long total = (long) Math.rint(ratio * IntStream.of(classCounts).asLongStream().sum());
      long missing = total - IntStream.of(counts).asLongStream().sum();
      int[] byRemainder =
          IntStream.range(0, counts.length)
              .boxed()
              .sorted(
                  Comparator.comparingDouble((Integer c) -> counts[c] - ratio * classCounts[c])
                      .thenComparing(c -> c))
              .mapToInt(c -> c)
              .toArray();
      for (int i = 0; i < missing; i++) {
        counts[byRemainder[i]]++;
      }
      return counts;
    }
  },
  /** The same number of every class, as far as it has that many; the surplus goes to the others. */
  EQUAL {
    @Override
    public int[] counts(int[] classCounts, double ratio) {
      return equal(classCounts, (long) Math.rint(ratio * total(classCounts)));
    }
  };

  /** Rows to keep per class; the bare rule, which may give a class nothing. */
  public abstract int[] counts(int[] classCounts, double ratio);

  /** The rule, with at least one row of every class that has one. */
  int[] atLeastOne(int[] classCounts, double ratio) {
    int[] counts = counts(classCounts, ratio);
    Arrays.setAll(counts, c -> classCounts[c] > 0 ? Math.max(1, counts[c]) : 0);
    return counts;
  }

  private static long total(int[] counts) {
    return IntStream.of(counts).asLongStream().sum();
  }

  /** {@link #EQUAL} for a number of rows in all. */
  static int[] equal(int[] sizes, long total) {
    int[] counts = new int[sizes.length];
    int[] bySize =
        IntStream.range(0, counts.length)
            .boxed()
            .sorted(Comparator.comparing((Integer c) -> sizes[c]).thenComparing(c -> c))
            .mapToInt(c -> c)
            .toArray();
    long left = total;
    for (int i = 0; i < bySize.length; i++) { // the smallest first: what it lacks is shared
      long share = left / (bySize.length - i);
      counts[bySize[i]] = (int) Math.min(share, sizes[bySize[i]]);
      left -= counts[bySize[i]];
    }
    return counts;
  }
}
