package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;

class BlocksTest {
  private static Rows column(double[] values) {
    return new TensorRows(Tensors.of(values, values.length, 1), new int[values.length]);
  }

  /** Of several rows the first, in whatever block it is. */
  @Test
  void rowsThatAreNotFinite_theFirstIsNamed() {
    double[] values = new double[2 * Blocks.SIZE + 9];
    values[2 * Blocks.SIZE + 5] = Double.NaN;
    try (Scope scope = Scope.open()) {
      for (int row : new int[] {2 * Blocks.SIZE + 5, Blocks.SIZE + 3, 2, 0}) {
        values[row] = Double.NEGATIVE_INFINITY;
        assertThatThrownBy(() -> Pruning.requireFinite(column(values)))
            .hasMessageStartingWith(
                "features: row " + row + " has a value that is NaN or infinite");
      }
    }
  }

  @Test
  void finiteRows_whoseSquaresAreNot_areToldApart() {
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(() -> Pruning.requireFinite(column(new double[] {1, 1e200})))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("features: a sum over finite values is not finite");
    }
  }

  @Test
  void moments_ofRowsThatAreRefused_leaveNoNativeMemory() {
    try (Scope scope = Scope.open()) {
      Rows bad = column(new double[] {1, Double.NaN});
      refuse(bad);
      long before = Pointer.totalCount();
      refuse(bad);
      assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
    }
  }

  private static void refuse(Rows bad) {
    assertThatThrownBy(() -> Blocks.moments(bad, new int[] {0, 1}))
        .hasMessageStartingWith("features: row 1 has a value that is NaN or infinite");
  }
}
