package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GreedyChoiceTest {
  private static final int[] LABELS = {7, 2, 7, 2, 7, 7};

  /** The last rows first, of every group. */
  private static GreedyChoice backwards(Grouping grouping, double ratio) {
    try (Scope scope = Scope.open()) {
      int n = LABELS.length;
      return GreedyChoice.of(
          new TensorRows(Tensors.of(new float[n], n, 1), LABELS),
          grouping,
          ratio,
          new Findings(0).about(IntStream.range(0, n).toArray()),
          "backwards",
          (some, count) -> IntStream.range(0, count).map(i -> some.count() - 1 - i).toArray());
    }
  }

  @Test
  void choice_isMadeInEveryGroup_andPlacesAreThoseInItsOrder() {
    double none = Double.NaN;
    GreedyChoice byClass = backwards(Grouping.CLASS, 0.5);
    assertThat(byClass.kept()).containsExactly(3, 4, 5);
    assertThat(byClass.places()).containsExactly(none, none, none, 0, 1, 0);
    GreedyChoice global = backwards(Grouping.GLOBAL, 0.5);
    assertThat(global.kept()).containsExactly(3, 4, 5);
    assertThat(global.places()).containsExactly(none, none, none, 2, 1, 0);
  }
}
