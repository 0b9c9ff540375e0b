package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ClusterSelectionTest {
  private static final double[] DISTANCES = {5, 1, 4, 2, 3};

  @Test
  void keep_share_isTruncated() {
    assertThat(ClusterSelection.FURTHEST.keep(DISTANCES, 0.5)).containsExactly(0, 2);
    assertThat(ClusterSelection.NEAREST.keep(DISTANCES, 0.5)).containsExactly(1, 3);
    assertThat(ClusterSelection.MIDDLE.keep(DISTANCES, 0.5)).containsExactly(2, 4);
  }

  @Test
  void count_keepsExactlySoMany() {
    assertThat(ClusterSelection.FURTHEST.count(DISTANCES, 3)).containsExactly(0, 2, 4);
    assertThat(ClusterSelection.NEAREST.count(DISTANCES, 3)).containsExactly(1, 3, 4);
    assertThat(ClusterSelection.MIDDLE.count(DISTANCES, 3)).containsExactly(2, 3, 4);
    for (ClusterSelection each : ClusterSelection.values()) {
      assertThat(each.count(DISTANCES, 0)).isEmpty();
      assertThat(each.count(DISTANCES, 5)).hasSize(5);
    }
  }

  @Test
  void count_equalDistances_goByRow() {
    assertThat(ClusterSelection.NEAREST.count(new double[] {1, 1, 1}, 2)).containsExactly(0, 1);
  }
}
