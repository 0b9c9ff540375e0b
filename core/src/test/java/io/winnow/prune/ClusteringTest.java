package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.config.OrNull;
import io.winnow.task.HeardProgress;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.junit.jupiter.api.Test;

class ClusteringTest {
  /** Clusters of as many equal rows. */
  private static int clusters(int rows, @OrNull Integer asked, HeardProgress heard) {
    try (Scope scope = Scope.open()) {
      Rows same = new TensorRows(Tensors.of(new float[rows], rows, 1), new int[rows]);
      return Clustering.of(same, asked, false, RandomStreams.of(1), heard).sizes().length;
    }
  }

  @Test
  void clusters_areAsManyAsAsked_orOneForFiveHundredRows_oneAtLeast() {
    HeardProgress heard = new HeardProgress();
    assertThat(clusters(3, null, heard)).isEqualTo(1);
    assertThat(clusters(999, null, heard)).isEqualTo(1);
    assertThat(clusters(1000, null, heard)).isEqualTo(2);
    assertThat(clusters(3, 2, heard)).isEqualTo(2);
    assertThat(heard.lines()).startsWith("begin cluster 3 images, 0 done", "end").hasSize(8);
  }

  private static KMeans.Clusters found(int k, int refilled, int... labels) {
    return new KMeans.Clusters(
        Tensors.of(new double[k], k, 1), labels, new double[labels.length], 1, refilled);
  }

  @Test
  void notes_areOfClustersThatWereRefilled_andOfThoseThatStayedEmpty() {
    try (Scope scope = Scope.open()) {
      assertThat(Clustering.notes(found(2, 0, 0, 1))).isEmpty();
      assertThat(Clustering.notes(found(2, 3, 0, 1)))
          .containsExactly(
              "3 clusters became empty and were given the image farthest from its own.");
      assertThat(Clustering.notes(found(4, 0, 1, 1, 3)))
          .containsExactly("2 clusters stayed empty: fewer images differ than there are clusters.");
      assertThat(Clustering.notes(found(2, 1, 1, 1))).hasSize(2);
    }
  }

  @Test
  void members_areTheRowsOfEveryCluster_ascending() {
    try (Scope scope = Scope.open()) {
      assertThat(Clustering.members(found(3, 0, 2, 0, 2, 2)))
          .containsExactly(new int[] {1}, new int[] {}, new int[] {0, 2, 3});
    }
  }
}
