package io.winnow.prune;

import io.winnow.task.Count;
import io.winnow.tensor.Moments;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Walks rows block by block, each in a scope of its own, and refuses values that are not finite.
 */
final class Blocks {
  /** Rows per block. */
  static final int SIZE = 2048;

  private Blocks() {}

  /** Sees one block. */
  interface Visitor {
    /**
     * Sees the next rows.
     *
     * @param block [n, d], float32 or float64, dies with the call
     * @param first position of the block's first row within the members
     */
    void visit(Tensor block, int first);
  }

  /** Visits the members in order. */
  static void forEach(Rows rows, int[] members, Visitor visitor) {
    for (int first = 0; first < members.length; first += SIZE) {
      int[] ids = Arrays.copyOfRange(members, first, Math.min(first + SIZE, members.length));
      try (Scope scope = Scope.open()) {
        visitor.visit(rows.gather(ids), first);
      }
    }
  }

  /** Scores one block. */
  interface BlockScores {
    /** [n] of a block, [n, d], which {@link Visitor#visit} describes. */
    double[] of(Tensor block);
  }

  /**
   * Scores a group, block by block.
   *
   * @param scores of all rows; those of the group are set
   * @param scored counts the rows whose scores are final
   */
  static void score(
      Rows rows, Group group, double[] scores, Count scored, BlockScores blockScores) {
    forEach(
        rows,
        group.rows(),
        (block, first) -> {
          double[] found = blockScores.of(block);
          for (int i = 0; i < found.length; i++) {
            scores[group.rows()[first + i]] = found[i];
          }
          scored.add(found.length);
        });
  }

  /**
   * Statistics of the members.
   *
   * @throws IllegalArgumentException naming the first row with a NaN or an infinite value
   */
  static Moments moments(Rows rows, int[] members) {
    Moments moments = new Moments(rows.dimension());
    try {
      take(rows, members, moments);
      return moments;
    } catch (RuntimeException e) {
      moments.close();
      throw e;
    }
  }

  /** The same into statistics of no row yet. */
  static void take(Rows rows, int[] members, Moments moments) {
    forEach(rows, members, (block, first) -> moments.add(block));
    try (Scope scope = Scope.open()) {
      if (!Double.isFinite(moments.mean().sum().item_double())) {
        throw notFinite(rows, members);
      }
    }
  }

  /**
   * Hands scores on.
   *
   * @throws IllegalArgumentException naming the first row with a NaN or an infinite feature, where
   *     a score is not finite
   */
  static double[] requireFinite(Rows rows, double[] scores) {
    for (double score : scores) {
      if (!Double.isFinite(score)) {
        throw notFinite(rows, IntStream.range(0, scores.length).toArray());
      }
    }
    return scores;
  }

  /** Looks for the row, once it is known that there is one: most sets have none. */
  static IllegalArgumentException notFinite(Rows rows, int[] members) {
    int[] culprit = {-1};
    forEach(
        rows,
        members,
        (block, first) -> {
          double[] sums =
              Tensors.doubles(
                  block.sum(
                      new long[] {1}, false, new ScalarTypeOptional(torch.ScalarType.Double)));
          for (int i = 0; i < sums.length && culprit[0] < 0; i++) {
            if (!Double.isFinite(sums[i])) {
              culprit[0] = members[first + i];
            }
          }
        });
    if (culprit[0] < 0) {
      return new IllegalArgumentException(
          "features: a sum over finite values is not finite; expected values far below 1e150."
              + " Look at what the encoder gives.");
    }
    return new IllegalArgumentException(
        "features: "
            + rows.describe(culprit[0])
            + " has a value that is NaN or infinite; expected finite numbers. Look at that image,"
            + " then encode again.");
  }
}
