package io.winnow.reweight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.ClassWeights;
import io.winnow.diffusion.Denoiser;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.train.TrainListener;
import io.winnow.train.TrainStep;
import io.winnow.train.WatchedRun;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class ReweightingTest {
  private static final int K = 4;
  private static final List<String> CLASSES = List.of("a", "b", "c", "d");
  private static final long[] EQUAL = {10, 10, 10, 10};

  private static ReweightConfig config(String eta, long warmup, InitialMixture init, Clip clip) {
    ReweightConfigs options = new ReweightConfigs();
    options.eta = eta;
    options.warmupSteps = warmup;
    options.init = init;
    options.clip = clip;
    return options.doremi();
  }

  private static ReweightConfig plain() {
    return config("1", 0, InitialMixture.FREQUENCY, Clip.SAMPLE);
  }

  /** Predicts the noise with an error whose mean square is {@code error[class]}. */
  private static Denoiser withErrors(Tensor eps, double[] error) {
    return (xt, t, y) -> {
      Tensor shift = Tensors.of(error, error.length).sqrt().index_select(0, y);
      return eps.add(shift.view(-1, 1, 1, 1).to(torch.ScalarType.Float));
    };
  }

  /** One step: class i mod K in sample i, the proxy's losses are given per class. */
  private static void step(Reweighting reweighting, Tensor eps, double[] proxy, long at) {
    int batch = Math.toIntExact(eps.size(0));
    int[] groups = new int[batch];
    double[] losses = new double[batch];
    for (int i = 0; i < batch; i++) {
      groups[i] = i % K;
      losses[i] = proxy[groups[i]];
    }
    Tensor y = Tensors.ofInts(groups);
    reweighting.watch(new TrainStep(at, eps, y, y, eps, groups, groups), Tensors.of(losses, batch));
    reweighting.update();
  }

  private static Reweighting begun(
      ReweightConfig config,
      List<String> classes,
      long[] counts,
      Denoiser reference,
      String identity) {
    Reweighting reweighting = new Reweighting(config, classes, counts, reference, identity);
    reweighting.begin(new WatchedRun(40, 8, null));
    return reweighting;
  }

  private static Tensor eps() {
    return RandomStreams.of(1).normal(new long[] {8, 1, 2, 2}, "eps", 0);
  }

  @Test
  void weights_proxyEqualsReference_stayExactlyOne() {
    try (Scope scope = Scope.open()) {
      Tensor eps = eps();
      double[] zero = new double[K];
      Reweighting r = begun(plain(), CLASSES, EQUAL, withErrors(eps, zero), "ref");
      for (int s = 0; s < 50; s++) {
        step(r, eps, zero, s);
      }
      assertThat(r.result(Map.of()).weights()).containsExactly(1, 1, 1, 1);
      assertThat(r.coefficients(new int[] {0, 1, 2, 3})).containsExactly(0.25, 0.25, 0.25, 0.25);
    }
  }

  @Test
  void alpha_oneClassLags_risesMonotonicallyToTheFixedPointWhileOthersFallEqually() {
    double spread = 0.3e-3;
    DoremiUpdate rule = new DoremiUpdate(uniform(10), 0, 1e-3, Absent.LAST, Average.AFTER_UPDATE);
    double[] signals = new double[10];
    signals[2] = spread;
    double before = rule.alpha()[2];
    for (int s = 0; s < 20_000; s++) {
      rule.update(signals, 1, 1);
      double now = rule.alpha()[2];
      assertThat(now).isGreaterThanOrEqualTo(before - 1e-15);
      before = now;
    }
    double[] alpha = rule.alpha();
    assertThat(alpha[0]).isCloseTo(alpha[9], within(1e-12));
    // Fixed point: K alpha ~ 1 / (1 - eta (lambda - mean under alpha) / c).
    double mean = spread * alpha[2];
    assertThat(10 * alpha[2]).isCloseTo(1 / (1 - (spread - mean) / 1e-3), within(0.01));
  }

  @Test
  void alpha_classLabelsPermuted_isPermuted() {
    double[] signals = {1e-3, 5e-3, 0, 2e-3};
    double[] permuted = {2e-3, 0, 5e-3, 1e-3};
    DoremiUpdate one = new DoremiUpdate(uniform(K), 0, 1e-2, Absent.LAST, Average.AFTER_UPDATE);
    DoremiUpdate two = new DoremiUpdate(uniform(K), 0, 1e-2, Absent.LAST, Average.AFTER_UPDATE);
    for (int s = 0; s < 200; s++) {
      one.update(signals, 1, 1);
      two.update(permuted, 1, 1);
    }
    double[] a = one.mean();
    assertThat(two.mean()).containsExactly(new double[] {a[3], a[2], a[1], a[0]}, within(1e-12));
  }

  @Test
  void alpha_batchSplitIntoMicroBatches_isTheSame() {
    try (Scope scope = Scope.open()) {
      Tensor eps = eps();
      double[] proxy = {0.3, 0.1, 0.2, 0.4};
      Denoiser reference = withErrors(eps.narrow(0, 0, 4), new double[] {0.1, 0.1, 0.1, 0.1});
      Reweighting whole =
          begun(plain(), CLASSES, EQUAL, withErrors(eps, new double[] {0.1, 0.1, 0.1, 0.1}), "ref");
      Reweighting split = begun(plain(), CLASSES, EQUAL, reference, "ref");
      int[] groups = {0, 1, 2, 3};
      Tensor y = Tensors.ofInts(groups);
      for (int s = 0; s < 20; s++) {
        step(whole, eps, proxy, s);
        for (int half = 0; half < 2; half++) {
          Tensor e = eps.narrow(0, 0, 4);
          split.watch(new TrainStep(s, e, y, y, e, groups, groups), Tensors.of(proxy, K));
        }
        split.update();
      }
      assertThat(split.result(Map.of()).alpha())
          .containsExactly(whole.result(Map.of()).alpha(), within(1e-6));
    }
  }

  @Test
  void run_stoppedAndResumedAtAnyStep_givesTheSameBits() {
    try (Scope scope = Scope.open()) {
      Tensor eps = eps();
      ReweightConfig config = config("auto", 5, InitialMixture.FREQUENCY, Clip.SAMPLE);
      Denoiser reference = withErrors(eps, new double[] {0.2, 0.1, 0.3, 0.1});
      Reweighting undisturbed = begun(config, CLASSES, EQUAL, reference, "ref");
      for (int s = 0; s < 40; s++) {
        step(undisturbed, eps, proxyAt(s), s);
      }
      for (int stop : new int[] {1, 4, 5, 6, 10, 39}) {
        Reweighting first = begun(config, CLASSES, EQUAL, reference, "ref");
        for (int s = 0; s < stop; s++) {
          step(first, eps, proxyAt(s), s);
        }
        Reweighting second = begun(config, CLASSES, EQUAL, reference, "ref");
        second.restore(first.state(), stop);
        for (int s = stop; s < 40; s++) {
          step(second, eps, proxyAt(s), s);
        }
        assertThat(second.state()).as("stopped at %d", stop).isEqualTo(undisturbed.state());
        assertThat(second.trajectory()).isEqualTo(undisturbed.trajectory());
      }
      assertThat(undisturbed.trajectory().rows()).hasSize(4);
    }
  }

  private static double[] proxyAt(int step) {
    double[] losses = new double[K];
    for (int c = 0; c < K; c++) {
      losses[c] = 0.2 + 0.1 * RandomStreams.of(7).uniform("loss", step, c);
    }
    return losses;
  }

  @Test
  void alpha_etaZero_staysIfUniformAndDriftsToUniformOtherwise() {
    double[] signals = {1, 2, 3, 4};
    DoremiUpdate fromUniform =
        new DoremiUpdate(uniform(K), 0, 0.1, Absent.LAST, Average.AFTER_UPDATE);
    double[] skewed = {0.7, 0.1, 0.1, 0.1};
    DoremiUpdate drifting = new DoremiUpdate(skewed, 0, 0.1, Absent.LAST, Average.AFTER_UPDATE);
    fromUniform.update(signals, 0, 1);
    drifting.update(signals, 0, 1);
    assertThat(fromUniform.alpha()).containsExactly(uniform(K), within(1e-15));
    assertThat(drifting.alpha()[0]).isCloseTo(0.9 * 0.7 + 0.1 / K, within(1e-12));
  }

  @Test
  void coefficients_equalMixture_areThoseOfTheUnweightedLoss() {
    double[] p = {0.4, 0.2, 0.2, 0.2};
    int[] groups = {0, 0, 1, 2, 3, 3, 0, 1};
    assertThat(LossForm.NORMALIZED.coefficients(p, p, groups)).containsOnly(1.0 / 8);
    assertThat(LossForm.PLAIN.coefficients(p, p, groups)).containsOnly(1.0 / 8);
    double[] w = LossForm.GROUP.coefficients(p, p, groups);
    assertThat(w[0] + w[1] + w[6]).isCloseTo(0.4, within(1e-15));
  }

  @Test
  void alpha_underEveryOption_staysOnTheSimplexAboveTheFloor() {
    for (Absent absent : Absent.values()) {
      DoremiUpdate rule = new DoremiUpdate(uniform(K), 0, 1e-3, absent, Average.AFTER_UPDATE);
      for (int s = 0; s < 500; s++) {
        double[] signals = proxyAt(s);
        signals[s % K] = Double.NaN;
        rule.update(signals, 20, 1);
        assertThat(Arrays.stream(rule.alpha()).sum()).isCloseTo(1, within(1e-9));
        assertThat(Arrays.stream(rule.alpha()).min().orElseThrow()).isPositive();
      }
    }
  }

  @Test
  void skip_absentClass_keepsItsMass() {
    DoremiUpdate rule = new DoremiUpdate(uniform(K), 0, 1e-3, Absent.SKIP, Average.AFTER_UPDATE);
    rule.update(new double[] {1, 0, 0, Double.NaN}, 1, 1);
    assertThat(rule.alpha()[3]).isEqualTo(0.25);
    assertThat(rule.alpha()[0]).isGreaterThan(0.25);
  }

  @Test
  void result_unequalClasses_hasMeanOneUnderTheFrequencies() {
    try (Scope scope = Scope.open()) {
      Tensor eps = eps();
      Reweighting r =
          begun(
              config("20", 0, InitialMixture.UNIFORM, Clip.CLASS),
              CLASSES,
              new long[] {40, 20, 20, 20},
              withErrors(eps, new double[] {0.1, 0.1, 0.1, 0.1}),
              "ref");
      for (int s = 0; s < 30; s++) {
        step(r, eps, proxyAt(s), s);
      }
      ClassWeights result = r.result(Map.of("coreset", "c"));
      double mean = 0;
      for (int c = 0; c < K; c++) {
        mean += result.frequency()[c] * result.weights()[c];
      }
      assertThat(mean).isCloseTo(1, within(1e-12));
      assertThat(result.frequency()).containsExactly(0.4, 0.2, 0.2, 0.2);
    }
  }

  @Test
  void result_emptyClass_isReportedAsAbsent() {
    Reweighting r = begun(plain(), CLASSES, new long[] {5, 5, 0, 5}, null, "ref");
    ClassWeights result = r.result(Map.of());
    assertThat(result.alpha()[2]).isZero();
    assertThat(result.warnings()).anyMatch(w -> w.startsWith("class c has no sample"));
    assertThatThrownBy(() -> r.coefficients(new int[] {2})).hasMessageContaining("class 2");
  }

  @Test
  void losses_notFinite_areLeftOutAndStopTheRunWhenMany() {
    try (Scope scope = Scope.open()) {
      Tensor eps = eps();
      Reweighting r = begun(plain(), CLASSES, EQUAL, withErrors(eps, new double[K]), "r");
      step(r, eps, new double[] {Double.NaN, 0, 0, 0}, 0);
      assertThat(r.result(Map.of()).alpha()).doesNotContain(Double.NaN);
      assertThatThrownBy(() -> r.endEpoch(TrainListener.NONE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("2 of 8 losses");
    }
  }

  @Test
  void result_referenceNoBetter_warnsThatTheWeightsCarryNothing() {
    try (Scope scope = Scope.open()) {
      Tensor eps = eps();
      Denoiser worse = withErrors(eps, new double[] {0.9, 0.9, 0.9, 0.9});
      Reweighting r = begun(plain(), CLASSES, EQUAL, worse, "ref");
      step(r, eps, new double[] {0.1, 0.1, 0.1, 0.1}, 0);
      assertThat(r.result(Map.of()).warnings())
          .anyMatch(w -> w.contains("no better than the proxy"));
    }
  }

  @Test
  void etaFrozen_afterWarmup_aimsAtKappa() {
    try (Scope scope = Scope.open()) {
      Tensor eps = eps();
      ReweightConfig config = config("frozen", 3, InitialMixture.FREQUENCY, Clip.NONE);
      Reweighting r = begun(config, CLASSES, EQUAL, withErrors(eps, new double[K]), "r");
      for (int s = 0; s < 3; s++) {
        step(r, eps, new double[] {0.1, 0.1, 0.3, 0.3}, s);
        assertThat(r.coefficients(new int[] {0, 2})).containsExactly(0.5, 0.5);
      }
      step(r, eps, new double[] {0.2, 0.2, 0.2, 0.2}, 3);
      assertThat((double) r.result(Map.of()).settings().get("etaUsed"))
          .isCloseTo(0.3 * 1e-3 / 0.1, within(1e-6));
    }
  }

  @Test
  void config_etaFrozenWithoutWarmup_isRejected() {
    assertThatThrownBy(() -> config("frozen", 0, InitialMixture.UNIFORM, Clip.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("warmupSteps is 0")
        .hasMessageContaining("100 or more");
    assertThatThrownBy(() -> config("-1", 0, InitialMixture.UNIFORM, Clip.NONE))
        .hasMessageContaining("eta is -1");
  }

  @Test
  void watch_once_leavesNothingBehindInNativeMemory() {
    try (Scope outer = Scope.open()) {
      Tensor eps = eps();
      Reweighting r = begun(plain(), CLASSES, EQUAL, withErrors(eps, new double[K]), "r");
      long before = -1;
      for (int s = 0; s < 4; s++) {
        try (Scope scope = Scope.open()) {
          step(r, eps, proxyAt(s), s);
        }
        long now = org.bytedeco.javacpp.Pointer.totalCount();
        assertThat(now).isLessThanOrEqualTo(before < 0 ? now : before);
        before = now;
      }
    }
  }

  private static double[] uniform(int k) {
    double[] equal = new double[k];
    Arrays.fill(equal, 1.0 / k);
    return equal;
  }
}
