package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HerdingTest {
  @Test
  void order_ofALine_alternatesAroundTheMean() {
    try (Scope scope = Scope.open()) {
      Rows rows = new TensorRows(Tensors.of(new float[] {0, 4, 5, 6, 10}, 5, 1), new int[5]);
      assertThat(Herding.order(rows, 3)).containsExactly(2, 1, 3);
    }
  }

  @Test
  void order_meanOfTheChosen_isFarNearerThanThatOfADraw() {
    try (Scope scope = Scope.open()) {
      int n = 400;
      Rows rows = new TensorRows(RandomStreams.of(1).normal(new long[] {n, 4}, "z"), new int[n]);
      int[] drawn = IntStream.range(0, 40).toArray();
      assertThat(off(rows, Herding.order(rows, 40))).isLessThan(off(rows, drawn) / 4);
    }
  }

  private static double off(Rows rows, int[] chosen) {
    int[] all = IntStream.range(0, rows.count()).toArray();
    return rows.gather(all).mean(0L).sub(rows.gather(chosen).mean(0L)).square().sum().item_double();
  }

  @Test
  void order_everything_hasEveryRowOnce_tiesToTheLower() {
    try (Scope scope = Scope.open()) {
      Rows rows = new TensorRows(Tensors.of(new float[] {3, 3, 3, 1}, 4, 1), new int[4]);
      // aims at 2.5, 2 (row 1 is as near as row 3), 1.5 and 3
      assertThat(Herding.order(rows, 7)).containsExactly(0, 1, 3, 2);
    }
  }
}
