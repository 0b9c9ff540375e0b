package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.task.Progress;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class NearestNeighbourScorerTest {
  @Test
  void score_kthOtherRow_isExactEvenFarFromZero() {
    try (Scope scope = Scope.open()) {
      Tensor features = Tensors.of(new double[] {1e6, 1e6 + 1, 1e6 + 3, 1e6 + 7}, 4, 1);
      Rows rows = new TensorRows(features, new int[4]);
      assertThat(new NearestNeighbourScorer(Grouping.CLASS, 2).score(rows, Progress.SILENT))
          .containsExactly(-3, -2, -3, -6);
    }
  }

  @Test
  void score_everyRow_isByItsOwnNeighbours() {
    try (Scope scope = Scope.open()) {
      Tensor features = Tensors.of(new double[] {0, 1, 3, 7, 20, 21, 23, 27}, 8, 1);
      Rows rows = new TensorRows(features, new int[8]);
      assertThat(new NearestNeighbourScorer(Grouping.GLOBAL, 2).score(rows, Progress.SILENT))
          .containsExactly(-3, -2, -3, -6, -3, -2, -3, -6);
    }
  }

  @Test
  void score_duplicates_areAtDistanceZero() {
    try (Scope scope = Scope.open()) {
      Tensor features = Tensors.of(new float[] {5, 5, 5, 5, 9, 9}, 3, 2);
      NearestNeighbourScorer scorer = new NearestNeighbourScorer(Grouping.GLOBAL, 1);
      double[] scores =
          scorer.score(new TensorRows(features, new int[] {0, 1, 2}), Progress.SILENT);
      assertThat(scores[0]).isZero();
      assertThat(scores[2]).isEqualTo(-Math.sqrt(32));
    }
  }

  @Test
  void score_fewerRowsThanNeighbours_takesTheFarthestAndNotesIt() {
    try (Scope scope = Scope.open()) {
      Rows rows =
          new TensorRows(Tensors.of(new float[] {0, 1, 4, 9}, 4, 1), new int[] {0, 0, 0, 1});
      NearestNeighbourScorer scorer = new NearestNeighbourScorer(Grouping.CLASS, 5);
      assertThat(scorer.score(rows, Progress.SILENT)).containsExactly(-4, -3, -4, -0.0);
      assertThat(scorer.notes(rows)).hasSize(1);
      assertThat(scorer.notes(rows).get(0)).startsWith("2 groups have fewer than 6 rows");
    }
  }
}
