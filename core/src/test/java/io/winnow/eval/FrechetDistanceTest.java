package io.winnow.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.Moments;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npz;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FrechetDistanceTest {
  private static Tensor features(int n, int d, String name) {
    return RandomStreams.of(4).normal(new long[] {n, d}, name);
  }

  private static Tensor diagonal(double... values) {
    return torch.diag(Tensors.of(values, values.length)).contiguous();
  }

  @Test
  void of_diagonalCovariances_isTheClosedForm() {
    try (Scope scope = Scope.open()) {
      double distance =
          FrechetDistance.of(
              Tensors.of(new double[] {1, 2}, 2),
              diagonal(4, 9),
              Tensors.of(new double[] {0, 4}, 2),
              diagonal(1, 16));
      assertThat(distance).isCloseTo(1 + 4 + 1 + 1, within(1e-13)); // (2-1)^2 + (3-4)^2
    }
  }

  @Test
  void of_oneOrBothSingular_isTheClosedForm() {
    try (Scope scope = Scope.open()) {
      Tensor zero = Tensors.of(new double[] {0, 0}, 2);
      assertThat(FrechetDistance.of(zero, diagonal(4, 0), zero, diagonal(1, 16)))
          .isCloseTo(1 + 16, within(1e-12));
      assertThat(FrechetDistance.of(zero, diagonal(4, 0), zero, diagonal(1, 0)))
          .isCloseTo(1, within(1e-12));
    }
  }

  @Test
  void of_features_isTheDefinition_byEveryRoute() {
    try (Scope scope = Scope.open()) {
      Tensor a = correlated(9, "a");
      Tensor b = correlated(5, "b").add(new Scalar(0.3));
      double plain = PlainMetrics.frechet(PlainMetrics.rows(a), PlainMetrics.rows(b));
      FrechetStatistics first = FrechetStatistics.of(a);
      FrechetStatistics second = FrechetStatistics.of(b);
      assertThat(FrechetDistance.ofFeatures(a, b)).isCloseTo(plain, within(1e-11));
      assertThat(FrechetDistance.of(first, second)).isCloseTo(plain, within(1e-11));
      assertThat(
              FrechetDistance.of(
                  first.mean(), first.covariance(), second.mean(), second.covariance()))
          .isCloseTo(plain, within(1e-11));
      try (Moments moments = Moments.of(a);
          Moments others = Moments.of(b)) {
        assertThat(FrechetDistance.of(moments, others)).isCloseTo(plain, within(1e-11));
      }
    }
  }

  /** Two features of four rows among nine that are zero: the way of few rows. */
  @Test
  void ofFeatures_fewerThanFeatures_isTheDefinition() {
    try (Scope scope = Scope.open()) {
      Tensor a = correlated(4, "a");
      Tensor b = correlated(5, "b").add(new Scalar(0.3));
      double plain = PlainMetrics.frechet(PlainMetrics.rows(a), PlainMetrics.rows(b));
      assertThat(FrechetDistance.ofFeatures(widened(a), widened(b))).isCloseTo(plain, within(1e-9));
      assertThat(
              FrechetDistance.of(
                  FrechetStatistics.of(widened(a)), FrechetStatistics.of(widened(b))))
          .isCloseTo(plain, within(1e-6));
    }
  }

  private static Tensor widened(Tensor x) {
    return torch.cat(new TensorVector(x, torch.zeros(new long[] {x.size(0), 7}, x.options())), 1);
  }

  private static Tensor correlated(int n, String name) {
    Tensor mix = Tensors.of(new double[] {1, 0.7, 0, 2}, 2, 2);
    return features(n, 2, name).to(torch.ScalarType.Double).mm(mix);
  }

  @Test
  void statistics_ofRows_haveTheMean_andTheCovarianceOverNMinusOne() {
    try (Scope scope = Scope.open()) {
      Tensor a = correlated(4, "a");
      FrechetStatistics statistics = FrechetStatistics.of(a);
      double[][] rows = PlainMetrics.rows(a);
      double[][] sigma = PlainMetrics.covariance(rows);
      assertThat(Tensors.doubles(statistics.mean()))
          .containsExactly(PlainMetrics.mean(rows), within(1e-13));
      assertThat(Tensors.doubles(statistics.covariance()))
          .containsExactly(
              new double[] {sigma[0][0], sigma[0][1], sigma[1][0], sigma[1][1]}, within(1e-13));
      assertThat(statistics.count()).isEqualTo(4);
      assertThat(statistics.dimension()).isEqualTo(2);
    }
  }

  @Test
  void byClass_isTheDistanceOfEachLabelsRows_inTheirOrder() {
    try (Scope scope = Scope.open()) {
      Tensor a = correlated(12, "a");
      Tensor b = correlated(15, "b");
      int[] labels1 = {7, 0, 0, 7, 7, 0, 7, 7, 0, 7, 7, 7};
      int[] labels2 = {0, 7, 0, 0, 7, 0, 7, 0, 0, 7, 0, 0, 0, 7, 0};
      List<FrechetDistance.ClassDistance> found = byClass(a, labels1, b, labels2);
      assertThat(found).extracting(FrechetDistance.ClassDistance::label).containsExactly(0, 7);
      assertThat(found).extracting(FrechetDistance.ClassDistance::n1).containsExactly(4L, 8L);
      assertThat(found).extracting(FrechetDistance.ClassDistance::n2).containsExactly(10L, 5L);
      for (FrechetDistance.ClassDistance own : found) {
        double plain =
            PlainMetrics.frechet(
                PlainMetrics.pick(PlainMetrics.rows(a), positions(labels1, own.label())),
                PlainMetrics.pick(PlainMetrics.rows(b), positions(labels2, own.label())));
        assertThat(own.distance()).isCloseTo(plain, within(1e-10));
      }
    }
  }

  private static List<FrechetDistance.ClassDistance> byClass(
      Tensor a, int[] labels1, Tensor b, int[] labels2) {
    return FrechetDistance.byClass(new RowsInMemory(a, labels1), new RowsInMemory(b, labels2));
  }

  /** 4096 rows are read at a time; the class that has none is in neither set. */
  @Test
  void byClass_ofMoreThanABlock_isThatOfAllRows_andLeavesRowsWithoutAClassOut() {
    try (Scope scope = Scope.open()) {
      Tensor a = features(5000, 2, "a");
      Tensor b = features(50, 2, "b");
      int[] labels1 = IntStream.range(0, 5000).map(i -> i == 17 ? -1 : 3).toArray();
      int[] labels2 = IntStream.range(0, 50).map(i -> i < 2 ? -1 : 3).toArray();
      List<FrechetDistance.ClassDistance> found = byClass(a, labels1, b, labels2);
      double plain =
          PlainMetrics.frechet(
              PlainMetrics.pick(PlainMetrics.rows(a), positions(labels1, 3)),
              PlainMetrics.pick(PlainMetrics.rows(b), positions(labels2, 3)));
      assertThat(found).hasSize(1);
      assertThat(found.get(0).n1()).isEqualTo(4999);
      assertThat(found.get(0).distance()).isCloseTo(plain, within(1e-10));
    }
  }

  private static int[] positions(int[] labels, int label) {
    return IntStream.range(0, labels.length).filter(i -> labels[i] == label).toArray();
  }

  /** A file may hold a symmetric matrix with eigenvalues 3 and -1, which counts as 3 and 0. */
  @Test
  void of_aNegativeEigenvalue_countsAsZero() {
    try (Scope scope = Scope.open()) {
      Tensor zero = Tensors.of(new double[] {0, 0}, 2);
      Tensor indefinite = Tensors.of(new double[] {1, 2, 2, 1}, 2, 2);
      assertThat(FrechetDistance.of(zero, diagonal(1, 1), zero, indefinite))
          .isCloseTo(2 + 2 - 2 * Math.sqrt(3), within(1e-12));
      assertThat(FrechetDistance.of(zero, indefinite, zero, diagonal(1, 1)))
          .isCloseTo(2 + 2 - 2 * Math.sqrt(3), within(1e-12));
    }
  }

  @Test
  void ofFeatures_swapped_isTheSame() {
    try (Scope scope = Scope.open()) {
      Tensor a = features(90, 12, "a");
      Tensor b = features(70, 12, "b");
      double distance = FrechetDistance.ofFeatures(a, b);
      assertThat(distance).isPositive();
      assertThat(FrechetDistance.ofFeatures(b, a)).isCloseTo(distance, within(1e-11));
    }
  }

  @Test
  void ofFeatures_identicalAndFewerThanFeatures_isZero() {
    try (Scope scope = Scope.open()) {
      Tensor a = features(10, 30, "a");
      assertThat(FrechetDistance.ofFeatures(a, a.clone())).isCloseTo(0, within(1e-8));
      Tensor shuffled = a.flip(0).contiguous(); // the same set, other rounding
      assertThat(FrechetDistance.ofFeatures(a, shuffled)).isCloseTo(0, within(1e-8));
    }
  }

  @Test
  void ofFeatures_fewerThanFeatures_agreesWithTheCovarianceForm() {
    try (Scope scope = Scope.open()) {
      Tensor a = features(10, 30, "a");
      Tensor b = features(12, 30, "b");
      double fromCovariances = FrechetDistance.of(FrechetStatistics.of(a), FrechetStatistics.of(b));
      assertThat(FrechetDistance.ofFeatures(a, b)).isCloseTo(fromCovariances, within(1e-5));
      assertThat(FrechetDistance.warning(10, 12, 30)).isPresent();
      assertThat(FrechetDistance.warning(50, 31, 30)).isEmpty();
      assertThat(FrechetDistance.warning(50, 30, 30))
          .hasValueSatisfying(
              text -> assertThat(text).startsWith("30 images for 30 features: the covariance"));
      assertThat(FrechetDistance.warning(50, 0, 30)).as("no count is known").isEmpty();
    }
  }

  @Test
  void byClass_labelWithOneRow_isRejected() {
    try (Scope scope = Scope.open()) {
      Tensor a = features(3, 2, "a");
      assertThatThrownBy(() -> byClass(a, new int[] {5, 5, 8}, a, new int[] {5, 5, 8}))
          .hasMessageStartingWith("FrechetDistance by class: label 8 has 1 and 1 rows");
      assertThatThrownBy(() -> byClass(a, new int[] {5, 5, 5}, a, new int[] {5, 5, 8}))
          .hasMessageStartingWith("FrechetDistance by class: label 8 has 0 and 1 rows");
    }
  }

  /** Two rows are the fewest with a covariance: that of (0, 0) and (2, 4) against itself moved. */
  @Test
  void statistics_ofTwoRows_areTaken() {
    try (Scope scope = Scope.open()) {
      FrechetStatistics two = FrechetStatistics.of(Tensors.of(new double[] {0, 0, 2, 4}, 2, 2));
      assertThat(two.count()).isEqualTo(2);
      Tensor moved = Tensors.of(new double[] {3, 0, 5, 4}, 2, 2);
      assertThat(FrechetDistance.of(two, FrechetStatistics.of(moved))).isCloseTo(9, within(1e-10));
    }
  }

  @Test
  void of_whatCannotBeCompared_isRejected() {
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(
              () ->
                  byClass(
                      features(4, 2, "a"), new int[] {0, 0, 1, 1},
                      features(4, 3, "b"), new int[] {0, 0, 1, 1}))
          .hasMessageStartingWith("FrechetDistance: 2 and 3 features");
      assertThatThrownBy(() -> FrechetDistance.ofFeatures(features(9, 2, "a"), features(9, 3, "b")))
          .hasMessageStartingWith("FrechetDistance: 2 and 3 features");
      assertThatThrownBy(() -> FrechetDistance.ofFeatures(features(2, 4, "a"), features(2, 3, "b")))
          .hasMessageStartingWith("FrechetDistance: 4 and 3 features");
      FrechetStatistics narrow = FrechetStatistics.of(features(9, 2, "a"));
      FrechetStatistics wide = FrechetStatistics.of(features(9, 3, "b"));
      assertThatThrownBy(() -> FrechetDistance.of(narrow, wide))
          .hasMessageStartingWith("FrechetDistance: 2 and 3 features");
      assertThatThrownBy(() -> FrechetStatistics.of(features(1, 3, "a")))
          .hasMessageContaining("1 rows; expected at least 2");
      Tensor broken = features(9, 3, "a").div(new Scalar(0.0));
      assertThatThrownBy(() -> FrechetStatistics.of(broken)).hasMessageContaining("NaN");
    }
  }

  @Test
  void statistics_writtenAndRead_areTheSameBits(@TempDir Path folder) {
    try (Scope scope = Scope.open()) {
      FrechetStatistics made = FrechetStatistics.of(features(40, 5, "a"));
      made.write(folder.resolve("a.npz"));
      FrechetStatistics read = FrechetStatistics.read(folder.resolve("a.npz"));
      assertThat(read.sameAs(made)).isTrue();
      assertThat(read.count()).isEqualTo(40);
      assertThat(FrechetDistance.of(made, read)).isZero();
      try (Npz arrays = Npz.open(folder.resolve("a.npz"))) {
        assertThat(arrays.tensor("mu").equal(made.mean())).isTrue();
        assertThat(arrays.tensor("sigma").equal(made.covariance())).isTrue();
        assertThat(Tensors.longs(arrays.tensor("n"))).containsExactly(40);
      }
    }
  }

  @Test
  void statistics_thatAreNoCovariance_areRefused(@TempDir Path folder) {
    try (Scope scope = Scope.open()) {
      Path file = folder.resolve("a.npz");
      write(file, new double[] {1, 0.5, 0.4, 1});
      assertThatThrownBy(() -> FrechetStatistics.read(file))
          .hasMessageContaining("a.npz: sigma is no covariance (differences of 0.100")
          .hasMessageContaining("least variance 1");
      write(file, new double[] {1, 0, 0, -0.1});
      assertThatThrownBy(() -> FrechetStatistics.read(file))
          .hasMessageContaining("least variance -0.1");
      write(file, new double[] {100, 50, 50.009, 100}); // the rounding of a file in float32
      assertThat(FrechetStatistics.read(file).count()).isZero();
      write(file, new double[] {0, 0, 0, 0});
      FrechetStatistics uncounted = FrechetStatistics.read(file);
      assertThat(uncounted.dimension()).isEqualTo(2);
      uncounted.write(folder.resolve("b.npz"));
      try (Npz arrays = Npz.open(folder.resolve("b.npz"))) {
        assertThat(arrays.names()).containsExactlyInAnyOrder("mu", "sigma");
      }
    }
  }

  private static void write(Path file, double[] sigma) {
    Npz.write(file, Map.of("mu", Tensors.of(new double[2], 2), "sigma", Tensors.of(sigma, 2, 2)));
  }

  @Test
  void statistics_ofAnAdmBatch_areReadInFloat32(@TempDir Path folder) {
    try (Scope scope = Scope.open()) {
      FrechetStatistics made = FrechetStatistics.of(features(40, 5, "a"));
      Map<String, Tensor> arrays = new LinkedHashMap<>();
      arrays.put("arr_0", torch.zeros(2, 4, 4, 3).to(torch.ScalarType.Byte));
      arrays.put("mu_s", made.mean().to(torch.ScalarType.Float));
      arrays.put("sigma_s", made.covariance().to(torch.ScalarType.Float));
      Npz.write(folder.resolve("adm.npz"), arrays);
      FrechetStatistics spatial = FrechetStatistics.readSpatial(folder.resolve("adm.npz"));
      assertThat(spatial.count()).isZero();
      assertThat(spatial.mean().scalar_type().intern()).isEqualTo(torch.ScalarType.Double);
      assertThat(FrechetDistance.of(spatial, made)).isCloseTo(0, within(1e-6));
      assertThatThrownBy(() -> FrechetStatistics.read(folder.resolve("adm.npz")))
          .hasMessageContaining("has [arr_0, mu_s, sigma_s]; expected mu and sigma");
    }
  }

  @Test
  void cached_sameIdentityAgain_isNotComputed(@TempDir Path folder) {
    try (Scope scope = Scope.open()) {
      FrechetStatistics made = FrechetStatistics.of(features(40, 5, "a"));
      FrechetStatistics first = FrechetStatistics.cached(folder, "train, resnet18", () -> made);
      FrechetStatistics second =
          FrechetStatistics.cached(
              folder,
              "train, resnet18",
              () -> {
                throw new AssertionError("the cache was passed over");
              });
      assertThat(second.sameAs(first)).isTrue();
      FrechetStatistics other = FrechetStatistics.of(features(30, 5, "b"));
      FrechetStatistics third = FrechetStatistics.cached(folder, "test, resnet18", () -> other);
      assertThat(third.sameAs(other)).isTrue();
      assertThat(first.sameAs(made)).isTrue();
      assertThat(made.sameAs(other)).isFalse();
      FrechetStatistics wider =
          new FrechetStatistics(made.mean(), made.covariance().mul(new Scalar(2.0)), 40);
      FrechetStatistics moved =
          new FrechetStatistics(made.mean().add(new Scalar(1.0)), made.covariance(), 40);
      assertThat(made.sameAs(wider)).isFalse();
      assertThat(made.sameAs(moved)).isFalse();
    }
  }

  @Test
  void of_again_leavesNoNativeMemory() {
    try (Scope scope = Scope.open()) {
      FrechetStatistics a = FrechetStatistics.of(features(40, 5, "a"));
      FrechetStatistics b = FrechetStatistics.of(features(40, 5, "b"));
      FrechetDistance.of(a, b);
      long before = Pointer.totalCount();
      FrechetDistance.of(a, b);
      assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
    }
  }
}
