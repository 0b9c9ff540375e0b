package io.winnow.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class NearestNeighboursTest {
  private static Tensor features(int n, int d, String name) {
    return RandomStreams.of(9).normal(new long[] {n, d}, name);
  }

  private static NearestNeighbours.Result of(Tensor queries, Tensor set) {
    return NearestNeighbours.of(
        NearestNeighbours.Source.of(queries), NearestNeighbours.Source.of(set));
  }

  @Test
  void of_aCopy_isExactlyZero() {
    try (Scope scope = Scope.open()) {
      Tensor train = features(2500, 5, "train").add(new Scalar(1000.0));
      Tensor queries = train.index_select(0, Tensors.ofInts(new int[] {2400, 3}));
      NearestNeighbours.Result found = of(queries, train);
      assertThat(found.indices()).containsExactly(2400, 3);
      assertThat(found.distances()).containsExactly(0, 0);
    }
  }

  @Test
  void of_pointsOnAPlane_isTheEuclideanDistanceFromEachQuery() {
    try (Scope scope = Scope.open()) {
      Tensor set = Tensors.of(new double[] {0, 0, 10, 10, 3, 4}, 3, 2);
      Tensor queries = Tensors.of(new double[] {0, 5, 13, 14}, 2, 2);
      NearestNeighbours.Result found = of(queries, set);
      assertThat(found.indices()).containsExactly(2, 1);
      assertThat(found.distances()[0]).isCloseTo(Math.sqrt(10), within(1e-12));
      assertThat(found.distances()[1]).isCloseTo(5, within(1e-12));
    }
  }

  @Test
  void of_moreQueriesAndRowsThanABlock_isTheNearestOfAll() {
    try (Scope scope = Scope.open()) {
      Tensor set = features(2060, 1, "set");
      Tensor queries = features(2055, 1, "queries");
      NearestNeighbours.Result found = of(queries, set);
      double[] points = Tensors.doubles(set);
      double[] asked = Tensors.doubles(queries);
      for (int i = 0; i < asked.length; i++) {
        int best = 0;
        for (int j = 1; j < points.length; j++) {
          if (Math.abs(points[j] - asked[i]) < Math.abs(points[best] - asked[i])) {
            best = j;
          }
        }
        assertThat(found.distances()[i]).isCloseTo(Math.abs(points[best] - asked[i]), within(1e-9));
        assertThat(found.indices()[i]).isEqualTo(best);
      }
    }
  }

  @Test
  void of_anEmptySet_isRejected() {
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(() -> of(features(3, 2, "queries"), torch.zeros(0, 2)))
          .hasMessageContaining("no row to search in");
    }
  }

  @Test
  void result_isAValue() {
    NearestNeighbours.Result one =
        new NearestNeighbours.Result(new double[] {1, 2}, new long[] {3, 4});
    assertThat(one)
        .isEqualTo(new NearestNeighbours.Result(new double[] {1, 2}, new long[] {3, 4}))
        .hasSameHashCodeAs(new NearestNeighbours.Result(new double[] {1, 2}, new long[] {3, 4}))
        .isNotEqualTo(new NearestNeighbours.Result(new double[] {1, 3}, new long[] {3, 4}))
        .isNotEqualTo(new NearestNeighbours.Result(new double[] {1, 2}, new long[] {3, 5}));
    one.distances()[0] = 9;
    one.indices()[0] = 9;
    assertThat(one.distances()).containsExactly(1, 2);
    assertThat(one.indices()).containsExactly(3, 4);
  }
}
