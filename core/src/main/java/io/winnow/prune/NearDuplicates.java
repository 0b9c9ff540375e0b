package io.winnow.prune;

import io.winnow.config.OrNull;
import io.winnow.tensor.LinearAlgebra;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Near-duplicate removal inside clusters (Abbas et al., "SemDeDup", 2023): in an order of priority
 * a row's score is its largest cosine with an earlier row, and a row goes when that exceeds 1 -
 * eps. Earlier rows count even where they go themselves, as in the published code, so that the
 * scores do not depend on eps.
 */
public final class NearDuplicates {
  /** Of a row that no other one precedes. */
  public static final double FIRST = -1;

  private NearDuplicates() {}

  /** Which of two near-duplicates stays: the order of priority inside a cluster. */
  public enum Keep {
    /** The one farther from the centre: the published default. */
    HARD,
    /** The one nearer to the centre. */
    EASY,
    /** By chance. */
    RANDOM
  }

  /**
   * Rows of a cluster in the order of priority, ties by row.
   *
   * @param squared distances of all rows to their centres, squared
   * @param keep null for the published default
   */
  static int[] ordered(int[] members, double[] squared, @OrNull Keep keep, RandomStreams random) {
    Comparator<Integer> near = Comparator.comparingDouble(row -> squared[row]);
    Comparator<Integer> by =
        keep == Keep.EASY
            ? near
            : keep == Keep.RANDOM
                ? Comparator.comparingDouble(row -> random.uniform("prune.duplicates", row))
                : near.reversed();
    return IntStream.of(members)
        .boxed()
        .sorted(by.thenComparing(Comparator.naturalOrder()))
        .mapToInt(row -> row)
        .toArray();
  }

  /**
   * The largest cosine of each row with an earlier one.
   *
   * @param ordered row numbers in the order of priority
   * @return in [-1, 1] up to rounding, by position in {@code ordered}; {@link #FIRST} for the first
   */
  public static double[] maxima(Rows rows, int[] ordered) {
    double[] maxima = new double[ordered.length];
    Arrays.fill(maxima, FIRST);
    try (Scope scope = Scope.open()) {
      HeldRows held = HeldRows.of(new UnitRows(rows), ordered);
      held.forEachBlock((block, first) -> offer(held, block, first, maxima));
    }
    return maxima;
  }

  /** Compares a block with all rows up to its own last one. */
  private static void offer(HeldRows held, Tensor block, int first, double[] maxima) {
    for (int from = 0; from <= first; from += Blocks.SIZE) {
      try (Scope scope = Scope.open()) {
        Tensor earlier = from == first ? block : held.block(from, Blocks.SIZE);
        Tensor cosines = torch.mm(block, LinearAlgebra.float64(earlier).t()); // [n, m]
        if (from == first) {
          cosines = cosines.tril_(-1).sub(torch.ones_like(cosines).triu_()); // not earlier: -1
        }
        double[] largest = Tensors.doubles(cosines.max(1, false).get0());
        for (int i = 0; i < largest.length; i++) {
          maxima[first + i] = Math.max(maxima[first + i], largest[i]);
        }
      }
    }
  }

  /** Positions that stay: those whose largest cosine does not exceed 1 - eps. */
  public static int[] kept(double[] maxima, double eps) {
    return IntStream.range(0, maxima.length).filter(i -> maxima[i] <= 1 - eps).toArray();
  }
}
