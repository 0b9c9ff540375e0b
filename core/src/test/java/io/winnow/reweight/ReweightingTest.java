package io.winnow.reweight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.ClassWeights;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Noised;
import io.winnow.diffusion.Objective;
import io.winnow.diffusion.Parameterization;
import io.winnow.diffusion.Passes;
import io.winnow.diffusion.Prediction;
import io.winnow.diffusion.SampleLosses;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.train.TrainListener;
import io.winnow.train.TrainStep;
import io.winnow.train.WatchedRun;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** The rules through what the trainer calls, with networks whose losses are known. */
class ReweightingTest {
  private static final Objective OBJECTIVE =
      Objective.eps(new NoiseSchedule(ScheduleConfig.paper()));
  private static final int K = 4;
  private static final List<String> CLASSES = List.of("a", "b", "c", "d");
  private static final long[] EQUAL = {10, 10, 10, 10};

  private static Reweighting begun(ReweightConfigs options, long[] counts, Denoiser reference) {
    return begun(options, counts, reference, null);
  }

  private static Reweighting begun(
      ReweightConfigs options, long[] counts, Denoiser reference, Denoiser proxy) {
    Reweighting reweighting = new Reweighting(options.doremi(), CLASSES, counts, reference, "ref");
    reweighting.begin(new WatchedRun(40, 8, OBJECTIVE, proxy));
    return reweighting;
  }

  private static Tensor eps(int batch) {
    return RandomStreams.of(1).normal(new long[] {batch, 1, 2, 2}, "eps", 0);
  }

  /** Predicts the noise with an error whose mean square is {@code error[class]}. */
  private static Denoiser withErrors(Tensor eps, double... error) {
    return (xt, t, y) -> {
      Tensor shift = Tensors.of(error, error.length).sqrt().index_select(0, y.labels());
      return Prediction.of(eps.add(shift.view(-1, 1, 1, 1).to(torch.ScalarType.Float)));
    };
  }

  private static SampleLosses same(double... losses) {
    return SampleLosses.same(Tensors.of(losses, losses.length));
  }

  private static TrainStep step(Tensor eps, int[] groups) {
    Tensor t = Tensors.ofInts(groups);
    Noised noised = new Noised(eps, eps, t, Condition.ofClasses(t), eps);
    return new TrainStep(0, Passes.one(noised), groups, groups);
  }

  /** One update of eight samples, class i mod K, the proxy's losses per class. */
  private static void step(Reweighting reweighting, Tensor eps, double... proxy) {
    int[] groups = {0, 1, 2, 3, 0, 1, 2, 3};
    double[] losses = Arrays.stream(groups).mapToDouble(g -> proxy[g]).toArray();
    reweighting.watch(step(eps, groups), same(losses));
    reweighting.update();
  }

  private static double[] proxyAt(int step) {
    double[] losses = new double[K];
    for (int c = 0; c < K; c++) {
      losses[c] = 0.2 + 0.1 * RandomStreams.of(7).uniform("loss", step, c);
    }
    return losses;
  }

  /** What a network was asked. */
  private static final class Spy implements Denoiser {
    final List<Object> asked = new ArrayList<>();
    private final Tensor answer;
    private boolean gradient;

    Spy(Tensor answer) {
      this.answer = answer;
    }

    @Override
    public Prediction predict(Tensor xt, Tensor t, Condition y) {
      asked.addAll(List.of(xt, t, y));
      gradient |= answer.clone().set_requires_grad(true).mul(answer).requires_grad();
      return Prediction.of(answer);
    }
  }

  @Test
  void reference_isAskedOnTheProxysOwnInputs_withoutAGradient() {
    try (Scope scope = Scope.open()) {
      Tensor eps = eps(2);
      Tensor xt = eps.mul(eps);
      Tensor t = Tensors.ofInts(new int[] {17, 903});
      Condition dropped =
          Condition.ofClasses(
              Tensors.ofInts(new int[] {K, 2})); // the first label is the null class
      Spy reference = new Spy(eps);
      Reweighting r = begun(new ReweightConfigs(), EQUAL, reference);
      int[] groups = {1, 2};
      r.watch(
          new TrainStep(5, Passes.one(new Noised(eps, xt, t, dropped, eps)), groups, groups),
          same(0.5, 0.25));
      r.update();
      assertThat(reference.asked).containsExactly(xt, t, dropped);
      assertThat(reference.gradient).isFalse();
      double[] alpha = r.result(Map.of()).alpha();
      // The dropped label's sample counts for its true class, 1.
      assertThat(alpha[1]).isGreaterThan(alpha[2]);
      assertThat(alpha[2]).isGreaterThan(alpha[0]);
      assertThat(alpha[0]).isEqualTo(alpha[3]);
    }
  }

  @Test
  void margin_isTheProxysMeanSquaredErrorLessTheReferences() {
    try (Scope scope = Scope.open()) {
      Tensor eps = eps(8);
      ReweightConfigs options = new ReweightConfigs();
      options.eta = "3";
      Reweighting r = begun(options, EQUAL, withErrors(eps, 0.1, 0.2, 0.3, 0.4));
      step(r, eps, 0.3, 0.3, 0.3, 0.3);
      double[] margins = {0.2, 0.1, 0, 0}; // -0.1 is cut
      double sum = 0;
      for (double margin : margins) {
        sum += Math.exp(3 * margin);
      }
      double[] alpha = r.result(Map.of()).alpha();
      for (int c = 0; c < K; c++) {
        double expected = (1 - 1e-3) * Math.exp(3 * margins[c]) / sum + 1e-3 / K;
        assertThat(alpha[c]).isCloseTo(expected, within(1e-7));
      }
    }
  }

  /**
   * A reference that is right about v and not about eps is a perfect one for the objective of v.
   */
  @Test
  void reference_isHeldToTheObjectiveOfTheProxy() {
    try (Scope scope = Scope.open()) {
      NoiseSchedule schedule = new NoiseSchedule(ScheduleConfig.paper());
      Objective v = new Objective(Parameterization.V, schedule, 5.0);
      Tensor eps = eps(4);
      Tensor x0 = RandomStreams.of(2).normal(eps.shape(), "x0", 0);
      Tensor t = Tensors.ofInts(new int[] {0, 300, 600, 999});
      Noised noised = v.noised(x0, Condition.none(), new Objective.Draw(t, eps));
      Tensor level = Tensors.of(schedule.sqrtOneMinusAlphaBar(), 1000).index_select(0, t);
      Tensor signal = Tensors.of(schedule.sqrtAlphaBar(), 1000).index_select(0, t);
      Tensor right =
          eps.mul(signal.view(-1, 1, 1, 1)).sub(x0.mul(level.view(-1, 1, 1, 1))); // float64
      ReweightConfigs options = new ReweightConfigs();
      options.eta = "3";
      Reweighting r =
          new Reweighting(
              options.doremi(), CLASSES, EQUAL, (xt, time, y) -> Prediction.of(right), "ref");
      r.begin(new WatchedRun(40, 4, v, null));
      r.watch(
          new TrainStep(0, Passes.one(noised), new int[] {0, 1, 2, 3}, new int[4]),
          same(0.2, 0.1, 0.4, 0.3));
      r.update();
      double[] margins = {0.2, 0.1, 0.4, 0.3}; // less nothing
      double sum = Arrays.stream(margins).map(margin -> Math.exp(3 * margin)).sum();
      for (int c = 0; c < K; c++) {
        double expected = (1 - 1e-3) * Math.exp(3 * margins[c]) / sum + 1e-3 / K;
        assertThat(r.result(Map.of()).alpha()[c]).isCloseTo(expected, within(1e-7));
      }
    }
  }

  @Test
  void proxyDropoutOff_comparesTheProxysLossWithoutDropout() {
    try (Scope scope = Scope.open()) {
      Tensor eps = eps(8);
      ReweightConfigs options = new ReweightConfigs();
      Denoiser reference = withErrors(eps, 0.1, 0.1, 0.1, 0.1);
      Denoiser calm = withErrors(eps, 0.1, 0.4, 0.1, 0.1);
      options.proxyDropout = ProxyDropout.OFF;
      Reweighting off = begun(options, EQUAL, reference, calm);
      options.proxyDropout = ProxyDropout.ON;
      Reweighting on = begun(options, EQUAL, reference, calm);
      for (Reweighting r : List.of(off, on)) {
        step(r, eps, 0.1, 0.1, 0.1, 0.9);
      }
      assertThat(off.result(Map.of()).alpha()[1]).isGreaterThan(0.26);
      assertThat(off.result(Map.of()).alpha()[3]).isLessThan(0.25);
      assertThat(on.result(Map.of()).alpha()[3]).isGreaterThan(0.26);
      assertThat(on.result(Map.of()).alpha()[1]).isLessThan(0.25);
    }
  }

  /** Law 1. */
  @Test
  void weights_proxyEqualsReference_stayExactlyOne() {
    try (Scope scope = Scope.open()) {
      Tensor eps = eps(8);
      double[] zero = new double[K];
      Reweighting r = begun(new ReweightConfigs(), EQUAL, withErrors(eps, zero));
      for (int s = 0; s < 50; s++) {
        step(r, eps, zero);
      }
      assertThat(r.result(Map.of()).weights()).containsExactly(1, 1, 1, 1);
      assertThat(r.coefficients(new int[] {0, 1, 2, 3})).containsExactly(0.25, 0.25, 0.25, 0.25);
    }
  }

  /** Law 3: through the networks, in float64 from the losses on. */
  @Test
  void alpha_batchSplitIntoMicroBatches_isTheSame() {
    try (Scope scope = Scope.open()) {
      Tensor eps = eps(8);
      Tensor half = eps.narrow(0, 0, 4);
      Reweighting whole = begun(new ReweightConfigs(), EQUAL, withErrors(eps, 0.1, 0.1, 0.1, 0.1));
      Reweighting split = begun(new ReweightConfigs(), EQUAL, withErrors(half, 0.1, 0.1, 0.1, 0.1));
      int[] groups = {0, 1, 2, 3};
      for (int s = 0; s < 20; s++) {
        step(whole, eps, proxyAt(s));
        for (int part = 0; part < 2; part++) {
          split.watch(step(half, groups), same(proxyAt(s)));
        }
        split.update();
      }
      // Float32 errors of another half of the noise, no more.
      assertThat(split.result(Map.of()).alpha())
          .containsExactly(whole.result(Map.of()).alpha(), within(1e-6));
    }
  }

  @Test
  void alpha_labelsPermuted_isPermuted() {
    try (Scope scope = Scope.open()) {
      Tensor eps = eps(8);
      ReweightConfigs options = new ReweightConfigs();
      options.eta = "20";
      Reweighting one =
          begun(options, new long[] {1, 2, 3, 4}, withErrors(eps, 0.1, 0.2, 0.3, 0.1));
      Reweighting two =
          begun(options, new long[] {4, 3, 2, 1}, withErrors(eps, 0.1, 0.3, 0.2, 0.1));
      for (int s = 0; s < 20; s++) {
        double[] p = proxyAt(s);
        step(one, eps, p);
        step(two, eps, p[3], p[2], p[1], p[0]);
      }
      double[] a = one.result(Map.of()).weights();
      assertThat(two.result(Map.of()).weights())
          .containsExactly(new double[] {a[3], a[2], a[1], a[0]}, within(1e-5));
    }
  }

  @Test
  void coefficients_followTheFormOfTheLoss_withTheMixtureOfThisVeryStep() {
    try (Scope scope = Scope.open()) {
      Tensor eps = eps(8);
      long[] counts = {40, 20, 0, 20};
      int[] batch = {3, 0, 3, 1, 3}; // not in the proportions of the set
      for (LossForm form : LossForm.values()) {
        ReweightConfigs options = new ReweightConfigs();
        options.eta = "20";
        options.loss = form;
        Reweighting r = begun(options, counts, withErrors(eps, 0.1, 0.1, 0.1, 0.1));
        int[] groups = {0, 1, 3, 0, 1, 3, 0, 1};
        double[] losses = {0.3, 0.1, 0.1, 0.3, 0.1, 0.1, 0.3, 0.1};
        r.watch(step(eps, groups), same(losses));
        r.update();
        double[] alpha = r.result(Map.of()).alpha();
        assertThat(alpha[0]).isGreaterThan(0.6);
        double[] expected =
            form.coefficients(
                new double[] {alpha[0], alpha[1], alpha[3]},
                new double[] {0.5, 0.25, 0.25},
                new int[] {2, 0, 2, 1, 2});
        assertThat(r.coefficients(batch)).as("%s", form).containsExactly(expected, within(1e-12));
      }
    }
  }

  @Test
  void result_isTheMeanMixtureOverTheFrequenciesOfTheCoreset() {
    try (Scope scope = Scope.open()) {
      Tensor eps = eps(8);
      ReweightConfigs options = new ReweightConfigs();
      options.eta = "20";
      options.init = InitialMixture.UNIFORM;
      options.clip = Clip.CLASS;
      long[] counts = {40, 20, 20, 20};
      Reweighting r = begun(options, counts, withErrors(eps, 0.1, 0.1, 0.1, 0.1));
      for (int s = 0; s < 30; s++) {
        step(r, eps, proxyAt(s));
      }
      ClassWeights result = r.result(Map.of("coreset", "c"));
      double mean = 0;
      for (int c = 0; c < K; c++) {
        double p = counts[c] / 100.0;
        assertThat(result.weights()[c]).isCloseTo(result.alpha()[c] / p, within(1e-12));
        mean += p * result.weights()[c];
      }
      assertThat(mean).isCloseTo(1, within(1e-12));
      assertThat(result.frequency()).containsExactly(0.4, 0.2, 0.2, 0.2);
      assertThat(result.classes()).isEqualTo(CLASSES);
      assertThat(result.settings()).containsEntry("identities", Map.of("coreset", "c"));
    }
  }

  @Test
  void settings_sayWhatTheRunCameTo() {
    try (Scope scope = Scope.open()) {
      Tensor eps = eps(8);
      ReweightConfigs options = new ReweightConfigs();
      options.eta = "auto";
      options.warmupSteps = 5L;
      long[] counts = {10, 10, 10, 10};
      Reweighting r = begun(options, counts, withErrors(eps, 0.1, 0.22, 0.1, 0.1));
      for (int s = 0; s < 30; s++) {
        step(r, eps, proxyAt(s));
      }
      assertThat(r.watches()).isTrue();
      assertThat(r.endEpoch(TrainListener.NONE)).containsKeys("eta", "strength", "clippedShare");
      Map<String, Object> settings = r.result(Map.of()).settings();
      assertThat(settings)
          .containsEntry("options", options.doremi())
          .containsEntry("learnt", true)
          .containsEntry("steps", 30L)
          .containsEntry("warmupSteps", 5L)
          .containsEntry("countedSteps", 25L)
          .containsEntry("nonFiniteLosses", 0L);
      double eta = (double) settings.get("etaUsed");
      double spread = (double) settings.get("spread");
      double error = (double) settings.get("standardError");
      assertThat(eta).isCloseTo(0.3e-3 / Math.max(spread, 2 * error), within(1e-9));
      assertThat((double) settings.get("strength")).isCloseTo(eta * spread / 1e-3, within(1e-9));
      assertThat((double) settings.get("signalToNoise")).isCloseTo(spread / error, within(1e-9));
      double cut = 0;
      for (int s = 5; s < 30; s++) {
        cut += proxyAt(s)[1] <= 0.22 ? 1 / 25.0 : 0;
      }
      List<?> byClass = (List<?>) settings.get("clippedShareByClass");
      assertThat(byClass).isEqualTo(List.of(0.0, byClass.get(1), 0.0, 0.0));
      assertThat((double) byClass.get(1)).isCloseTo(cut, within(1e-12)).isBetween(0.05, 0.6);
      assertThat((double) settings.get("clippedShare")).isCloseTo(cut / K, within(1e-12));
    }
  }

  @Test
  void trajectory_holdsTheWeightsOfAllClasses() {
    try (Scope scope = Scope.open()) {
      Tensor eps = eps(8);
      ReweightConfigs options = new ReweightConfigs();
      options.trajectoryEvery = 15;
      Reweighting r = begun(options, EQUAL, withErrors(eps, 0.1, 0.1, 0.1, 0.1));
      for (int s = 0; s < 30; s++) {
        step(r, eps, proxyAt(s));
      }
      ClassWeights.Trajectory trajectory = r.trajectory();
      assertThat(trajectory.classes()).isEqualTo(CLASSES);
      assertThat(trajectory.rows()).hasSize(2);
      double[] last = trajectory.rows().get(1).weights();
      assertThat(Arrays.stream(last).sum()).isCloseTo(K, within(1e-9));
      assertThat(r.coefficients(new int[] {0, 1, 2, 3})[2]).isCloseTo(last[2] / K, within(1e-9));
    }
  }

  @Test
  void run_stoppedAndResumedAtAnyStep_givesTheSameBits() {
    try (Scope scope = Scope.open()) {
      Tensor eps = eps(8);
      ReweightConfigs options = new ReweightConfigs();
      options.eta = "auto";
      options.warmupSteps = null;
      Denoiser reference = withErrors(eps, 0.2, 0.1, 0.3, 0.1);
      Reweighting undisturbed = begun(options, EQUAL, reference);
      for (int s = 0; s < 40; s++) {
        step(undisturbed, eps, proxyAt(s));
      }
      for (int stop : new int[] {1, 8, 9, 39}) {
        Reweighting first = begun(options, EQUAL, reference);
        for (int s = 0; s < stop; s++) {
          step(first, eps, proxyAt(s));
        }
        Reweighting second = begun(options, EQUAL, reference);
        step(second, eps, proxyAt(0));
        second.watch(step(eps, new int[8]), same(new double[8])); // begun, then dropped
        second.restore(first.state(), stop);
        for (int s = stop; s < 40; s++) {
          step(second, eps, proxyAt(s));
        }
        assertThat(second.state()).as("stopped at %d", stop).isEqualTo(undisturbed.state());
        assertThat(second.trajectory()).isEqualTo(undisturbed.trajectory());
        assertThat(second.result(Map.of())).isEqualTo(undisturbed.result(Map.of()));
      }
    }
  }

  @Test
  void losses_notFinite_areLeftOutAndCounted() {
    try (Scope scope = Scope.open()) {
      Tensor eps = eps(8);
      double[] zero = new double[K];
      Reweighting one = begun(new ReweightConfigs(), EQUAL, withErrors(eps, zero));
      Reweighting two = begun(new ReweightConfigs(), EQUAL, withErrors(eps, Double.NaN, 0, 0, 0));
      step(one, eps, Double.POSITIVE_INFINITY, 0.2, 0, 0);
      step(two, eps, 0.5, 0.2, 0, 0);
      for (Reweighting r : List.of(one, two)) {
        ClassWeights result = r.result(Map.of());
        assertThat(result.alpha()[1]).isGreaterThan(0.25);
        assertThat(result.alpha()[0]).isEqualTo(result.alpha()[2]);
        assertThat(result.settings()).containsEntry("nonFiniteLosses", 2L);
        assertThat(result.warnings()).contains("2 losses were not finite and were left out");
        Reweighting resumed = begun(new ReweightConfigs(), EQUAL, null);
        resumed.restore(r.state(), 1);
        for (Reweighting ending : List.of(r, resumed)) {
          assertThatThrownBy(() -> ending.endEpoch(TrainListener.NONE))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContaining("2 of 8 losses");
        }
      }
    }
  }

  @Test
  void losses_oneInAHundredNotFinite_isLetPass_andCountedByEpoch() {
    FiniteLosses losses = new FiniteLosses();
    for (int epoch = 0; epoch < 3; epoch++) {
      for (int i = 0; i < 100; i++) {
        assertThat(losses.accepts(i == 50 ? Double.NaN : 1)).isEqualTo(i != 50);
      }
      losses.endEpoch();
    }
    assertThat(losses.broken()).isEqualTo(3);
    for (int i = 0; i < 99; i++) {
      losses.accepts(i == 50 ? Double.NEGATIVE_INFINITY : 1);
    }
    assertThatThrownBy(losses::endEpoch).hasMessageContaining("1 of 99 losses");
  }

  @Test
  void result_emptyClass_isReportedAsAbsent() {
    Reweighting r = begun(new ReweightConfigs(), new long[] {5, 5, 0, 10}, null);
    ClassWeights result = r.result(Map.of());
    assertThat(result.alpha()).containsExactly(0.25, 0.25, 0, 0.5);
    assertThat(result.weights()).containsExactly(1, 1, 1, 1);
    assertThat(result.frequency()).containsExactly(0.25, 0.25, 0, 0.5);
    assertThat(result.warnings()).filteredOn(w -> w.contains("has no sample")).hasSize(1);
    assertThat(result.warnings()).anyMatch(w -> w.startsWith("class c has no sample"));
    assertThatThrownBy(() -> r.coefficients(new int[] {2})).hasMessageContaining("class 2");
  }

  @Test
  void result_referenceNoBetter_refusesToCallTheWeightsLearnt() {
    try (Scope scope = Scope.open()) {
      Tensor eps = eps(8);
      Reweighting r = begun(new ReweightConfigs(), EQUAL, withErrors(eps, 0.9, 0.9, 0.9, 0.9));
      step(r, eps, 0.1, 0.1, 0.1, 0.1);
      ClassWeights result = r.result(Map.of());
      assertThat(result.learnt()).isFalse();
      assertThat(result.warnings())
          .singleElement()
          .asString()
          .contains("100.0 %", "no better than the proxy", "not learnt");
    }
  }

  @Test
  void identity_changesWithOptionsCountsAndReference() {
    ReweightConfig config = new ReweightConfigs().doremi();
    ReweightConfigs other = new ReweightConfigs();
    other.kappa = 0.4;
    String one = new Reweighting(config, CLASSES, EQUAL, null, "ref").identity();
    assertThat(new Reweighting(config, CLASSES, EQUAL, null, "ref").identity()).isEqualTo(one);
    assertThat(
            List.of(
                new Reweighting(other.doremi(), CLASSES, EQUAL, null, "ref").identity(),
                new Reweighting(config, CLASSES, new long[] {9, 9, 9, 9}, null, "ref").identity(),
                new Reweighting(config, CLASSES, EQUAL, null, "another").identity()))
        .doesNotContain(one)
        .doesNotHaveDuplicates();
  }

  @Test
  void watch_once_leavesNothingBehindInNativeMemory() {
    try (Scope outer = Scope.open()) {
      Tensor eps = eps(8);
      Reweighting r = begun(new ReweightConfigs(), EQUAL, withErrors(eps, new double[K]));
      long before = -1;
      for (int s = 0; s < 4; s++) {
        try (Scope scope = Scope.open()) {
          step(r, eps, proxyAt(s));
        }
        long now = org.bytedeco.javacpp.Pointer.totalCount();
        assertThat(now).isLessThanOrEqualTo(before < 0 ? now : before);
        before = now;
      }
    }
  }

  /** The same steps with the mixture on a device (here: the CPU) and on the host. */
  @Test
  void mixture_onADevice_leavesWhatTheOneOnTheHostLeaves() {
    for (ProxyDropout dropout : ProxyDropout.values()) {
      try (Scope scope = Scope.open()) {
        Tensor eps = eps(8);
        ReweightConfigs options = new ReweightConfigs();
        options.proxyDropout = dropout;
        Denoiser reference = withErrors(eps, 0.1, 0.15, 0.12, 0.11);
        Denoiser proxy = withErrors(eps, 0.3, 0.2, 0.25, 0.21);
        Reweighting here = begun(options, EQUAL, reference, proxy);
        Reweighting there = begun(options, EQUAL, reference, proxy);
        there.learnOn(eps.device());
        for (int s = 0; s < 25; s++) {
          step(here, eps, proxyAt(s));
          step(there, eps, proxyAt(s));
          int[] batch = {3, 1, 0, 0};
          assertThat(Tensors.doubles(there.coefficients(batch, eps.device())))
              .containsExactly(
                  Tensors.doubles(here.coefficients(batch, eps.device())), within(1e-12));
          if (s == 12) {
            assertNotes(there.endEpoch(TrainListener.NONE), here.endEpoch(TrainListener.NONE));
          }
        }
        Reweighting resumed = begun(options, EQUAL, reference, proxy);
        resumed.restore(there.state(), 25);
        for (Reweighting r : List.of(there, resumed)) {
          assertThat(r.result(Map.of()).weights())
              .containsExactly(here.result(Map.of()).weights(), within(1e-12));
          assertThat(r.trajectory().rows()).hasSameSizeAs(here.trajectory().rows());
        }
        assertNotes(there.endEpoch(TrainListener.NONE), here.endEpoch(TrainListener.NONE));
      }
    }
  }

  /** Each number is what is asked first after the steps. */
  @Test
  void mixture_onADevice_isReadForWhateverIsAsked() {
    Function<Reweighting, double[]> coefficients = r -> r.coefficients(new int[] {0, 1, 2, 3, 3});
    List<Function<Reweighting, double[]>> asked =
        List.of(
            coefficients,
            r -> r.endEpoch(TrainListener.NONE).values().stream().mapToDouble(v -> v).toArray(),
            r -> r.result(Map.of()).weights(),
            r -> r.trajectory().rows().get(0).weights(),
            r -> {
              Reweighting resumed = begun(new ReweightConfigs(), EQUAL, null);
              resumed.restore(r.state(), 3);
              return coefficients.apply(resumed);
            });
    try (Scope scope = Scope.open()) {
      Tensor eps = eps(8);
      ReweightConfigs options = new ReweightConfigs();
      options.trajectoryEvery = 3;
      for (Function<Reweighting, double[]> one : asked) {
        Reweighting here = begun(options, EQUAL, withErrors(eps, 0.1, 0.15, 0.12, 0.11));
        Reweighting there = begun(options, EQUAL, withErrors(eps, 0.1, 0.15, 0.12, 0.11));
        there.learnOn(eps.device());
        for (int s = 0; s < 3; s++) {
          step(here, eps, proxyAt(s));
          step(there, eps, proxyAt(s));
        }
        assertThat(one.apply(there)).containsExactly(one.apply(here), within(1e-12));
      }
    }
  }

  @Test
  void losses_notFinite_areCountedOnADevice_andByEpoch() {
    try (Scope scope = Scope.open()) {
      Tensor eps = eps(8);
      Reweighting there = begun(new ReweightConfigs(), EQUAL, withErrors(eps, new double[K]));
      there.learnOn(eps.device());
      int[] groups = {0, 1, 2, 3, 0, 1, 2, 3};
      for (int epoch = 0; epoch < 2; epoch++) {
        for (int s = 0; s < 25; s++) {
          there.watch(step(eps, groups), same(s == 3 ? Double.NaN : 1, 1, 1, 1, 1, 1, 1, 1));
          there.update();
        }
        there.endEpoch(TrainListener.NONE); // 1 of 200
      }
      step(there, eps, Double.NEGATIVE_INFINITY, 1, 1, 1);
      assertThat(there.result(Map.of()).warnings())
          .contains("4 losses were not finite and were left out");
      assertThatThrownBy(() -> there.endEpoch(TrainListener.NONE))
          .hasMessageContaining("2 of 8 losses");
    }
  }

  /** A device without values ("meta"): its engine lacks some of the rule, and nothing is read. */
  @Test
  void losses_onADevice_bringTheMixtureThere() {
    Reweighting r = begun(new ReweightConfigs(), EQUAL, (xt, time, y) -> Prediction.of(xt.mul(xt)));
    int[] groups = {0, 1, 2, 3};
    assertThat(r.coefficients(groups)).hasSize(4);
    try (Scope scope = Scope.open()) {
      Device meta = new Device("meta");
      Tensor eps = eps(4).to(meta, torch.ScalarType.Float);
      Tensor t = torch.zeros(4).to(meta, torch.ScalarType.Long);
      Noised noised = new Noised(eps, eps, t, Condition.ofClasses(t), eps);
      TrainStep trainStep = new TrainStep(0, Passes.one(noised), groups, groups);
      SampleLosses losses = SampleLosses.same(torch.ones(4).to(meta, torch.ScalarType.Float));
      assertThatThrownBy(() -> r.watch(trainStep, losses));
      assertThatThrownBy(() -> r.coefficients(groups)).isInstanceOf(RuntimeException.class);
      assertThat(r.coefficients(groups, meta).is_meta()).isTrue();
    }
  }

  private static void assertNotes(Map<String, Double> ours, Map<String, Double> expected) {
    assertThat(ours.keySet()).isEqualTo(expected.keySet());
    ours.forEach(
        (name, value) -> assertThat(value).as(name).isCloseTo(expected.get(name), within(1e-9)));
  }
}
