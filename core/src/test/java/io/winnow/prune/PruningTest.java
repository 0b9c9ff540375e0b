package io.winnow.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.task.HeardProgress;
import io.winnow.task.Progress;
import io.winnow.tensor.Moments;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PruningTest {
  private static final int N = 240;
  private static final int D = 6;

  /** Three classes of eighty rows with labels 9, -4 and 2. */
  private static int[] labels() {
    return IntStream.range(0, N).map(i -> new int[] {9, -4, 2}[i % 3]).toArray();
  }

  private static Tensor features() {
    return RandomStreams.of(1).normal(new long[] {N, D}, "features");
  }

  private static Pruning.Result select(Rows rows, PruneConfig config) {
    return Pruning.select(rows, config, 5, Progress.SILENT);
  }

  @ParameterizedTest
  @EnumSource(Method.class)
  void select_everyMethod_keepsAFifthAscendingAndScoresAll(Method method) {
    try (Scope scope = Scope.open()) {
      Pruning.Result result =
          select(new TensorRows(features(), labels()), PruneConfig.of(method, 0.2));
      assertThat(result.kept()).hasSize(48).isSorted().doesNotHaveDuplicates();
      assertThat(result.scores()).hasSize(N);
      assertThat(result.perClass()).extracting(Pruning.ClassCount::label).containsExactly(-4, 2, 9);
      if (method != Method.MODERATE_OFFICIAL) {
        assertThat(result.perClass()).extracting(Pruning.ClassCount::kept).containsOnly(16);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Method.class)
  void select_ratioOne_keepsAllWithoutAFeature(Method method) {
    Rows unread = new NoFeatures(labels());
    Pruning.Result result = select(unread, PruneConfig.of(method, 1));
    assertThat(result.kept()).containsExactly(IntStream.range(0, N).toArray());
    assertThat(result.scores()).containsOnly(Double.NaN);
  }

  @Test
  void select_uniformBySmallerRatios_nests() {
    Rows rows = new NoFeatures(labels());
    int[] tenth = select(rows, PruneConfig.of(Method.UNIFORM, 0.1)).kept();
    int[] third = select(rows, PruneConfig.of(Method.UNIFORM, 0.3)).kept();
    assertThat(tenth).hasSize(24);
    assertThat(third).hasSize(72).contains(tenth);
  }

  @Test
  void select_uniform_keepsTheSmallestDrawsOfEveryClass() {
    int[] labels = labels();
    boolean[] stays = new boolean[N];
    for (int row : select(new NoFeatures(labels), PruneConfig.of(Method.UNIFORM, 0.25)).kept()) {
      stays[row] = true;
    }
    RandomStreams streams = RandomStreams.of(5); // a draw depends on seed and row, nothing else
    for (int a = 0; a < N; a++) {
      for (int b = a % 3; b < N; b += 3) {
        if (stays[a] && !stays[b]) {
          assertThat(streams.uniform("prune", a)).isLessThan(streams.uniform("prune", b));
        }
      }
    }
  }

  @Test
  void score_tellsHowManyRowsAreDone_asOneTask() {
    try (Scope scope = Scope.open()) {
      Rows rows = new TensorRows(features(), labels());
      for (Method method : List.of(Method.GAUSSIAN, Method.MODERATE)) {
        HeardProgress heard = new HeardProgress();
        Pruning.score(rows, PruneConfig.of(method, 0.3), heard);
        List<String> lines = heard.lines();
        int count = rows.count();
        assertThat(lines).startsWith("begin score " + count + " images, 0 done");
        assertThat(lines).endsWith(Integer.toString(count), "end");
      }
    }
  }

  @Test
  void select_fromStoredScores_isTheSameAtEveryRatio(@TempDir Path folder) {
    try (Scope scope = Scope.open()) {
      Rows rows = new TensorRows(features(), labels());
      PruneConfig config = PruneConfig.of(Method.GAUSSIAN, 0.3);
      Scores scores = Pruning.score(rows, config, Progress.SILENT);
      scores.write(folder);
      Scores read = Scores.read(folder);
      assertThat(read.values()).containsExactly(scores.values());
      for (double ratio : new double[] {0.1, 0.3, 0.7}) {
        PruneConfig other = PruneConfig.of(Method.GAUSSIAN, ratio);
        assertThat(Pruning.select(read, labels(), other, 5).kept())
            .containsExactly(select(rows, other).kept());
      }
      assertThatThrownBy(
              () -> Pruning.select(read, labels(), PruneConfig.of(Method.MODERATE, 0.3), 5))
          .hasMessage(
              "prune: these scores are \"gaussian, fit class, covariance plain, reg 1.0E-5\","
                  + " expected \"distance to class median\". Score again.");
    }
  }

  @Test
  void select_equalScores_fallsBackToACountAndSaysSo() {
    try (Scope scope = Scope.open()) {
      Tensor same = features().mul_(new Scalar(0.0));
      Pruning.Result result =
          select(new TensorRows(same, labels()), PruneConfig.of(Method.GAUSSIAN, 0.1));
      assertThat(result.kept()).hasSize(24).startsWith(0, 1, 2);
      assertThat(result.notes())
          .containsExactly(
              "In class -4, class 2, class 9 no score is above its own percentile (equal scores, or"
                  + " one image); the largest were kept by count instead, ties by order.");
    }
  }

  @Test
  void select_globallyUntilAClassIsGone_namesIt() {
    try (Scope scope = Scope.open()) {
      Tensor features = features();
      features.narrow(0, 0, 3).add_(new Scalar(100.0));
      int[] labels = new int[N];
      Arrays.fill(labels, 1);
      labels[1] = 0;
      PruneConfig config = global(PruneConfig.of(Method.GAUSSIAN, 0.2));
      Pruning.Result result = select(new TensorRows(features, labels), config);
      assertThat(result.notes()).anyMatch(note -> note.startsWith("Classes [0] kept no image"));
    }
  }

  private static PruneConfig global(PruneConfig c) {
    return new PruneConfig(
        c.method(),
        c.ratio(),
        Grouping.GLOBAL,
        Grouping.GLOBAL,
        c.rule(),
        c.covariance(),
        c.pca(),
        c.center(),
        c.window(),
        c.quota(),
        c.reg(),
        null);
  }

  @ParameterizedTest
  @EnumSource(
      value = Method.class,
      names = {"UNIFORM"},
      mode = EnumSource.Mode.EXCLUDE)
  void score_aRowThatIsNotFinite_isNamed(Method method) {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      try (Scope scope = Scope.open()) {
        Tensor features = features();
        features.select(0, 17).select(0, 3).fill_(new Scalar(bad));
        assertThatThrownBy(
                () -> select(new TensorRows(features, labels()), PruneConfig.of(method, 0.5)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageStartingWith("features: row 17 has a value that is NaN or infinite");
      }
    }
  }

  @Test
  void ratio_asAPercentage_isRefusedWithTheFraction() {
    assertThatThrownBy(() -> PruneConfig.of(Method.UNIFORM, 10))
        .hasMessage("ratio is 10, but must be a fraction in (0, 1]. Write 0.1 to keep 10 %.");
    assertThatThrownBy(() -> PruneConfig.of(Method.UNIFORM, 0)).hasMessageContaining("Write 0.2");
    assertThatThrownBy(() -> PruneConfig.of(Method.UNIFORM, Double.NaN))
        .hasMessageContaining("ratio is NaN");
  }

  @Test
  void score_ofUniform_isNone_withoutAFeature() {
    Scores none =
        Pruning.score(new NoFeatures(labels()), PruneConfig.of(Method.UNIFORM, 0.5), null);
    assertThat(none.values()).hasSize(N).containsOnly(Double.NaN);
    assertThat(none.scoring()).isEqualTo("none");
    assertThat(none.notes()).isEmpty();
  }

  @Test
  void score_fewerRowsThanFeatures_isNoted() {
    try (Scope scope = Scope.open()) {
      Tensor wide = RandomStreams.of(2).normal(new long[] {30, 40}, "wide");
      List<String> notes =
          Pruning.score(
                  new TensorRows(wide, new int[30]),
                  PruneConfig.of(Method.GAUSSIAN, 0.5),
                  Progress.SILENT)
              .notes();
      assertThat(notes).hasSize(1);
      assertThat(notes.get(0))
          .startsWith("1 of 1 Gaussians have no more rows than the 40 features");
    }
  }

  @Test
  void score_gaussian_meanIsThatOfItsOwnMahalanobisDistances() {
    try (Scope scope = Scope.open()) {
      Tensor features = features();
      double[] scores =
          new GaussianScorer(Grouping.GLOBAL, Covariance.PLAIN, 0)
              .score(new TensorRows(features, labels()), Progress.SILENT);
      double mean = Arrays.stream(scores).average().orElseThrow();
      GaussianModel model = model(features);
      double expected = -0.5 * (D + model.logDeterminant() + D * Math.log(2 * Math.PI));
      assertThat(mean).isCloseTo(expected, within(1e-11)); // mean squared distance is d
      assertThat(Tensors.doubles(model.mean()))
          .containsExactly(Tensors.doubles(features.mean(0L)), within(1e-6));
    }
  }

  private static GaussianModel model(Tensor features) {
    try (Moments moments = Moments.of(features)) {
      return GaussianModel.of(
          moments.mean(), moments.covariance(moments.count()), "all", moments.count());
    }
  }

  @Test
  void score_singularCovariance_isRejected() {
    try (Scope scope = Scope.open()) {
      Tensor wide = RandomStreams.of(2).normal(new long[] {5, 8}, "wide");
      GaussianScorer scorer = new GaussianScorer(Grouping.CLASS, Covariance.PLAIN, 0);
      assertThatThrownBy(() -> scorer.score(new TensorRows(wide, new int[5]), Progress.SILENT))
          .hasMessage(
              "Gaussian score of class 0: the covariance of 8 features from 5 rows is singular;"
                  + " expected a positive definite one. Set prune.reg to 1e-5, use more than 8"
                  + " rows, or choose covariance: ledoit-wolf.");
    }
  }

  @ParameterizedTest
  @EnumSource(Method.class)
  void select_everyMethod_leavesNoNativeMemory(Method method) {
    try (Scope scope = Scope.open()) {
      Rows rows = new TensorRows(features(), labels());
      PruneConfig config = PruneConfig.of(method, 0.2);
      select(rows, config);
      long before = Pointer.totalCount();
      select(rows, config);
      assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
    }
  }

  /** Rows whose features must not be looked at. */
  @SuppressWarnings("ArrayRecordComponent")
  private record NoFeatures(@Override int[] labels) implements Rows {
    @Override
    public int count() {
      return labels.length;
    }

    @Override
    public int dimension() {
      return D;
    }

    @Override
    public Tensor gather(int[] rows) {
      throw new AssertionError("no feature is needed here: " + Tensors.ofInts(rows));
    }
  }
}
