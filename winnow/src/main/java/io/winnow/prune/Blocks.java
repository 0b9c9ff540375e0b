package io.winnow.prune;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
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

  /**
   * Visits the members in order.
   *
   * @throws IllegalArgumentException naming the first row with a NaN or an infinite value
   */
  static void forEach(Rows rows, int[] members, Visitor visitor) {
    for (int first = 0; first < members.length; first += SIZE) {
      int[] ids = Arrays.copyOfRange(members, first, Math.min(first + SIZE, members.length));
      try (Scope scope = Scope.open()) {
        Tensor block = rows.gather(ids);
        requireFinite(rows, ids, block);
        visitor.visit(block, first);
      }
    }
  }

  /** A sum in float64 is finite exactly where every float32 term is. */
  private static void requireFinite(Rows rows, int[] ids, Tensor block) {
    double[] sums =
        Tensors.doubles(
            block.sum(new long[] {1}, false, new ScalarTypeOptional(torch.ScalarType.Double)));
    for (int i = 0; i < sums.length; i++) {
      if (!Double.isFinite(sums[i])) {
        throw new IllegalArgumentException(
            "features: "
                + rows.describe(ids[i])
                + " has a value that is NaN or infinite; expected finite numbers. Look at that"
                + " image, then encode again.");
      }
    }
  }
}
