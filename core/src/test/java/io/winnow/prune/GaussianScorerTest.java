package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.task.HeardProgress;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** Every covariance against plain loops over the rows. */
class GaussianScorerTest {
  private static final int N = 30;
  private static final int D = 4;
  private static final double REG = 0.03;

  private static int[] labels() {
    return IntStream.range(0, N).map(i -> i % 5 < 2 ? 7 : 2).toArray();
  }

  /** Rows of another scale in every column, and of another mean in every class. */
  private static double[][] rows() {
    try (Scope scope = Scope.open()) {
      double[] flat = Tensors.doubles(RandomStreams.of(4).normal(new long[] {N, D}, "rows"));
      double[][] rows = new double[N][D];
      for (int i = 0; i < N; i++) {
        for (int j = 0; j < D; j++) {
          rows[i][j] = flat[i * D + j] * (j + 1) + (labels()[i] == 7 ? 3 : 0) + 0.5 * flat[i * D];
        }
      }
      return rows;
    }
  }

  private static double[][] of(int label) {
    double[][] rows = rows();
    return IntStream.range(0, N)
        .filter(i -> label < 0 || labels()[i] == label)
        .mapToObj(i -> rows[i])
        .toArray(double[][]::new);
  }

  private static double[] scores(Grouping fit, Covariance covariance) {
    try (Scope scope = Scope.open()) {
      double[] flat = Arrays.stream(rows()).flatMapToDouble(Arrays::stream).toArray();
      Tensor features = Tensors.of(flat, N, D);
      return new GaussianScorer(fit, covariance, REG)
          .score(new TensorRows(features, labels()), Progress.SILENT);
    }
  }

  /** Each row by the model of its group. */
  private static double[] expected(boolean byClass, Model model) {
    return IntStream.range(0, N)
        .mapToDouble(
            i -> {
              double[][] group = of(byClass ? labels()[i] : -1);
              double[] mean = PlainGaussian.mean(group);
              return PlainGaussian.logDensity(rows()[i], mean, model.covariance(group, mean));
            })
        .toArray();
  }

  @FunctionalInterface
  private interface Model {
    double[][] covariance(double[][] group, double[] mean);
  }

  private static double[][] plain(double[][] group, double[] mean) {
    return PlainGaussian.mixed(PlainGaussian.scatter(group, mean), 1.0 / group.length, 0);
  }

  @Test
  void plain_isTheCovarianceOfDivisorN_andTheRidge() {
    Model model = (group, mean) -> PlainGaussian.mixed(plain(group, mean), 1, REG);
    assertThat(scores(Grouping.CLASS, Covariance.PLAIN))
        .containsExactly(expected(true, model), within(1e-9));
    assertThat(scores(Grouping.GLOBAL, Covariance.PLAIN))
        .containsExactly(expected(false, model), within(1e-9));
  }

  /** sum_c sum_i (z_i - mu_c)(z_i - mu_c)^T / N, whatever the number of classes. */
  @Test
  void pooled_isTheScatterWithinClassesOverAllRows_aroundTheClassMeans() {
    double[][] pooled = new double[D][D];
    for (int label : new int[] {2, 7}) {
      double[][] within = PlainGaussian.scatter(of(label), PlainGaussian.mean(of(label)));
      for (int i = 0; i < D; i++) {
        for (int j = 0; j < D; j++) {
          pooled[i][j] += within[i][j] / N;
        }
      }
    }
    assertThat(scores(Grouping.CLASS, Covariance.POOLED))
        .containsExactly(
            expected(true, (group, mean) -> PlainGaussian.mixed(pooled, 1, REG)), within(1e-9));
  }

  /** beta = sum_i ||z_i z_i^T - S||^2 / (n^2 d) and delta = ||S - m I||^2 / d, entry by entry. */
  @Test
  void ledoitWolf_shrinksByTheVarianceOfTheEntries() {
    Model model =
        (group, mean) -> {
          double[][] s = plain(group, mean);
          double m = PlainGaussian.trace(s) / D;
          double beta = 0;
          for (double[] row : group) {
            double[][] own = PlainGaussian.scatter(new double[][] {row}, mean);
            beta += squared(own, s) / ((double) group.length * group.length * D);
          }
          double delta = squared(s, PlainGaussian.mixed(s, 0, m)) / D;
          double intensity = Math.min(beta, delta) / delta;
          assertThat(intensity).isBetween(0.01, 0.99);
          return PlainGaussian.mixed(s, 1 - intensity, intensity * m);
        };
    assertThat(scores(Grouping.CLASS, Covariance.LEDOIT_WOLF))
        .containsExactly(expected(true, model), within(1e-9));
  }

  private static double squared(double[][] a, double[][] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a.length; j++) {
        sum += Math.pow(a[i][j] - b[i][j], 2);
      }
    }
    return sum;
  }

  /** s = (a + m^2) / ((n + 1)(a - m^2 / d)), a the mean square of the entries. */
  @Test
  void oas_shrinksByItsFormula() {
    Model model =
        (group, mean) -> {
          double[][] s = plain(group, mean);
          double m = PlainGaussian.trace(s) / D;
          double a = squared(s, new double[D][D]) / (D * D);
          double intensity = (a + m * m) / ((group.length + 1) * (a - m * m / D));
          assertThat(intensity).isBetween(0.01, 0.99);
          return PlainGaussian.mixed(s, 1 - intensity, intensity * m);
        };
    assertThat(scores(Grouping.CLASS, Covariance.OAS))
        .containsExactly(expected(true, model), within(1e-9));
  }

  @Test
  void shrinkage_ofAMultipleOfTheIdentity_isNoneOrWhole() {
    try (Scope scope = Scope.open()) {
      Tensor round = Tensors.of(new double[] {2, 0, 0, 2}, 2, 2);
      assertThat(Covariance.LEDOIT_WOLF.shrink(round, 100, 5).intensity()).isZero();
      assertThat(Covariance.OAS.shrink(round, Double.NaN, 5).intensity()).isOne();
      Tensor flat = Tensors.of(new double[] {4, 0, 0, 2}, 2, 2);
      // delta = 1, beta = (fourth - 20) / 10
      assertThat(Covariance.LEDOIT_WOLF.shrink(flat, 25, 5).intensity())
          .isCloseTo(0.5, within(1e-12));
      assertThat(Covariance.LEDOIT_WOLF.shrink(flat, 99, 5).intensity()).isOne();
      assertThat(Covariance.LEDOIT_WOLF.shrink(flat, 19, 5).intensity()).isZero();
      assertThat(Tensors.doubles(Covariance.LEDOIT_WOLF.shrink(flat, 25, 5).matrix()))
          .containsExactly(new double[] {3.5, 0, 0, 2.5}, within(1e-12));
      assertThatThrownBy(() -> Covariance.PLAIN.shrink(flat, 0, 5)).hasMessageContaining("PLAIN");
    }
  }

  /** Few rows go by substitution, many by the inverse: both are the same density. */
  @Test
  void manyRows_andFew_areTheSameDensity() {
    for (int n : new int[] {2 * D, 2 * D + 1, 3 * D}) {
      try (Scope scope = Scope.open()) {
        Tensor z = RandomStreams.of(n).normal(new long[] {n, D}, "z");
        double[] flat = Tensors.doubles(z);
        double[][] rows = new double[n][];
        Arrays.setAll(rows, i -> Arrays.copyOfRange(flat, i * D, (i + 1) * D));
        double[] mean = PlainGaussian.mean(rows);
        double[][] covariance = PlainGaussian.mixed(plain(rows, mean), 1, REG);
        double[] scores =
            new GaussianScorer(Grouping.GLOBAL, Covariance.PLAIN, REG)
                .score(new TensorRows(z, new int[n]), Progress.SILENT);
        for (int i = 0; i < n; i++) {
          assertThat(scores[i])
              .isCloseTo(PlainGaussian.logDensity(rows[i], mean, covariance), within(1e-9));
        }
      }
    }
  }

  /** Nothing to shrink towards: the ridge alone, -1/2 (d ln reg + d ln 2 pi) at the mean. */
  @Test
  void shrinkage_ofEqualRows_isTheRidge() {
    double expected = -0.5 * D * (Math.log(REG) + Math.log(2 * Math.PI));
    try (Scope scope = Scope.open()) {
      Rows equal = new TensorRows(Tensors.of(new double[3 * D], 3, D), new int[3]);
      for (Covariance shrinking : new Covariance[] {Covariance.LEDOIT_WOLF, Covariance.OAS}) {
        assertThat(new GaussianScorer(Grouping.CLASS, shrinking, REG).score(equal, Progress.SILENT))
            .containsExactly(new double[] {expected, expected, expected}, within(1e-12));
      }
    }
  }

  /** Classes go beside each other where there are threads. */
  @Test
  void scores_onAnyNumberOfThreads_areTheSame() {
    int before = torch.get_num_threads();
    try {
      torch.set_num_threads(1);
      double[] alone = scores(Grouping.CLASS, Covariance.PLAIN);
      torch.set_num_threads(3);
      assertThat(scores(Grouping.CLASS, Covariance.PLAIN)).containsExactly(alone, within(1e-12));
      assertThat(torch.get_num_threads()).isEqualTo(3);
    } finally {
      torch.set_num_threads(before);
    }
  }

  @Test
  void progress_hearsOfEveryRowOnce() {
    try (Scope scope = Scope.open()) {
      Tensor features = RandomStreams.of(1).normal(new long[] {N, D}, "z");
      for (Covariance covariance : Covariance.values()) {
        HeardProgress heard = new HeardProgress();
        new GaussianScorer(Grouping.CLASS, covariance, REG)
            .score(new TensorRows(features, labels()), heard);
        assertThat(heard.lines().stream().map(Integer::valueOf))
            .isSorted()
            .doesNotHaveDuplicates()
            .endsWith(N);
      }
    }
  }
}
