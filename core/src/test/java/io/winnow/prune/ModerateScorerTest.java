package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class ModerateScorerTest {
  @Test
  void centers_median_isTheMiddleOrTheMeanOfTwo() {
    try (Scope scope = Scope.open()) {
      Tensor features = Tensors.of(new float[] {1, 10, 3, 30, 2, 20, 8, 80, 4, 40}, 5, 2);
      Tensor centers =
          new ModerateScorer(Center.MEDIAN)
              .centers(new TensorRows(features, new int[] {7, 7, 7, 7, 3}));
      assertThat(Tensors.doubles(centers)).containsExactly(4, 40, 2.5, 25);
    }
  }

  @Test
  void score_classOfOneRow_isZero() {
    try (Scope scope = Scope.open()) {
      Tensor features = Tensors.of(new float[] {1, 2, 3, 4}, 2, 2);
      for (Center center : Center.values()) {
        assertThat(
                new ModerateScorer(center)
                    .score(new TensorRows(features, new int[] {0, 1}), Progress.SILENT))
            .containsExactly(0, 0);
      }
    }
  }

  @Test
  void score_whateverColumnsFitAtOnce_isTheSame() {
    try (Scope scope = Scope.open()) {
      Rows rows = new TensorRows(RandomStreams.of(1).normal(new long[] {50, 7}, "z"), new int[50]);
      double[] all = new ModerateScorer(Center.MEDIAN).score(rows, Progress.SILENT);
      for (int budget : new int[] {1, 100, 349}) {
        assertThat(new ModerateScorer(Center.MEDIAN, budget).score(rows, Progress.SILENT))
            .containsExactly(all);
      }
    }
  }
}
