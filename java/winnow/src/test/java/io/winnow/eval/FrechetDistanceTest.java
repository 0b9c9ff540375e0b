package io.winnow.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npz;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
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
    }
  }

  @Test
  void byClass_labelWithOneRow_isRejected() {
    try (Scope scope = Scope.open()) {
      Tensor a = features(3, 2, "a");
      assertThatThrownBy(
              () -> FrechetDistance.byClass(a, new int[] {5, 5, 8}, a, new int[] {5, 5, 8}))
          .hasMessageStartingWith("FrechetDistance by class: label 8 has 1 and 1 rows");
    }
  }

  @Test
  void of_whatCannotBeCompared_isRejected() {
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(() -> FrechetDistance.ofFeatures(features(9, 2, "a"), features(9, 3, "b")))
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
    }
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
