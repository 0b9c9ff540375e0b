package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** Five rows of a source of seven, (i, 10 i) in float32, of which every second one has label 1. */
class HeldRowsTest {
  private static final int[] MEMBERS = {6, 1, 3, 0, 4};

  private static Rows source() {
    return new TensorRows(
        Tensors.of(new float[] {0, 0, 1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60}, 7, 2),
        new int[] {0, 1, 0, 1, 0, 1, 0});
  }

  /** Held rows are those of float64, the others come from the source. */
  @Test
  void rows_areHeldUpToTheBudget_andReadFromTheSourceBeyondIt() {
    try (Scope scope = Scope.open()) {
      Tensor held = HeldRows.of(source(), MEMBERS, 10).block(1, 3);
      Tensor fetched = HeldRows.of(source(), MEMBERS, 9).block(1, 3);
      assertThat(held.scalar_type().intern()).isEqualTo(torch.ScalarType.Double);
      assertThat(fetched.scalar_type().intern()).isEqualTo(torch.ScalarType.Float);
      assertThat(Tensors.doubles(held)).containsExactly(1, 10, 3, 30, 0, 0);
      assertThat(Tensors.doubles(fetched)).containsExactly(1, 10, 3, 30, 0, 0);
    }
  }

  @Test
  void members_haveTheirOwnLabels_andKnowTheirPlaces() {
    try (Scope scope = Scope.open()) {
      HeldRows rows = HeldRows.of(source(), MEMBERS);
      assertThat(rows.labels()).containsExactly(0, 1, 1, 0, 0);
      assertThat(rows.toSource(new int[] {0, 4, 1})).containsExactly(6, 4, 1);
      assertThat(rows.count()).isEqualTo(5);
    }
  }

  @Test
  void blocks_distancesAndMeans_areTheSameHeldOrNot() {
    try (Scope scope = Scope.open()) {
      Tensor point = Tensors.of(new double[] {1, 0}, 2);
      for (int budget : new int[] {9, 10}) {
        HeldRows rows = HeldRows.of(source(), MEMBERS, budget);
        assertThat(rows.squaredNorms()).containsExactly(3636, 101, 909, 0, 1616);
        assertThat(rows.squaredDistances(point)).containsExactly(3625, 100, 904, 1, 1609);
        assertThat(Tensors.doubles(rows.mean())).containsExactly(2.8, 28);
        assertThat(Tensors.doubles(rows.row(2))).containsExactly(3, 30);
      }
    }
  }
}
