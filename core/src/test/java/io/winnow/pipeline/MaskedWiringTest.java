package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.ClassWeights;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.PerImageNoise;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.files.AtomicFile;
import io.winnow.pipeline.WiringSpy.Asked;
import io.winnow.pipeline.WiringSpy.Weighed;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run of a masked transformer with a learnt variance: who is asked what, and what follows. */
class MaskedWiringTest {
  private static final String RECIPE =
      """
      name: masked
      seed: 3
      compute: {device: cpu, threads: 1}
      dataset: {type: shapes, count: 100, size: 8}
      prune: {method: uniform, ratio: 0.4}
      model:
        type: mdt
        version: 2
        space: pixels
        patch: 2
        width: 16
        depth: 4
        heads: 2
        decodeLayer: 2
        maskRatio: 0.3
        learnSigma: true
        labelDropout: 0.3
      train:
        epochs: 3
        batch: 8
        learningRate: 1e-2
        warmupEpochs: 0
        ema: 0.5
        minSnr: 5
        gradientClip: null
        optimizer: {type: adan}
      reweight: {settings: {eta: 30, warmupSteps: 2}}
      sample:
        sampler: {method: iddpm, steps: 4}
        guidanceWeight: 2.8
        powerCosine: {}
        count: 3
        batch: 3
        format: npz
      """;

  private static final List<String> TRAININGS = List.of("reference", "proxy", "model");
  private static final int PIXELS = 3 * 8 * 8;
  private static final int CLASSES = 10;
  private static final int WARM_UP = 2;

  @TempDir static Path home;
  private static Path run;
  private static WiringSpy spy;
  private static double[] alphaBar;

  @BeforeAll
  static void runOnce() {
    Path file = home.resolve("masked.yaml");
    AtomicFile.writeString(file, RECIPE);
    run = home.resolve("run");
    NoiseSchedule schedule = new NoiseSchedule(ScheduleConfig.paper());
    alphaBar = schedule.alphaBar();
    spy = new WiringSpy(schedule);
    var recipe = Recipe.read(file, List.of());
    try (Pipeline pipeline = Pipeline.open(recipe, run, Progress.SILENT, () -> false, spy)) {
      pipeline.run(Stage.SAMPLE);
    }
  }

  @Test
  void everyTraining_asksAboutAllTokens_thenAboutAPart() {
    for (String training : TRAININGS) {
      List<Asked> asked = spy.asked.get(training);
      assertThat(asked).hasSize(2 * spy.weighed.get(training).size());
      for (int k = 0; k < asked.size(); k += 2) {
        Asked full = asked.get(k);
        Asked masked = asked.get(k + 1);
        assertThat(full.kept()).as(training).isNull();
        assertThat(masked.kept().length / masked.t().length).isBetween(8, 11);
        assertThat(masked.t()).isEqualTo(full.t());
        assertThat(masked.xt()).isNotEqualTo(full.xt());
        assertThat(full.training() && masked.training()).as(training).isTrue();
      }
    }
  }

  /** The squared error of the pass over all tokens, weighted by min-SNR, without the variance. */
  private static double[] compared(Asked asked, Weighed update) {
    double[] losses = new double[update.t.length];
    for (int i = 0; i < losses.length; i++) {
      double a = alphaBar[(int) update.t[i]];
      double snr = a / (1 - a);
      double sum = 0;
      for (int p = 0; p < PIXELS; p++) {
        double error = asked.predicted()[2 * i * PIXELS + p] - update.eps[i * PIXELS + p];
        sum += error * error;
      }
      losses[i] = Math.min(snr, 5) / snr * sum / PIXELS;
    }
    return losses;
  }

  @Test
  void compared_isTheSquaredErrorOfTheFullPass_trainedIsMore() {
    for (String training : TRAININGS) {
      List<Weighed> updates = spy.weighed.get(training);
      for (int k = 0; k < updates.size(); k++) {
        Weighed update = updates.get(k);
        double[] expected = compared(spy.asked.get(training).get(2 * k), update);
        assertThat(update.compared).as(training).containsExactly(expected, within(1e-4));
        for (int i = 0; i < expected.length; i++) {
          assertThat(update.losses[i]).isGreaterThan(update.compared[i]);
        }
      }
    }
  }

  /** The reference is in evaluation mode, and sees what the proxy's full pass sees. */
  @Test
  void reference_isAskedWhatTheProxyIsAskedFirst_andNothingElse() {
    List<Asked> reference = spy.asked.get("reference of the proxy");
    List<Asked> proxy = spy.asked.get("proxy");
    assertThat(reference).hasSize(proxy.size() / 2);
    for (int k = 0; k < reference.size(); k++) {
      Asked theirs = reference.get(k);
      Asked ours = proxy.get(2 * k);
      assertThat(theirs.kept()).isNull();
      assertThat(theirs.training()).isFalse();
      assertThat(theirs.xt()).isEqualTo(ours.xt());
      assertThat(theirs.t()).isEqualTo(ours.t());
      assertThat(theirs.y()).isEqualTo(ours.y());
    }
  }

  /** The mixture of the algorithm from the margins that the two networks' answers make. */
  @Test
  void classWeights_followFromTheMarginsOfTheFullPass() {
    List<Weighed> updates = spy.weighed.get("proxy");
    double[] alpha = new double[CLASSES];
    Arrays.fill(alpha, 1.0 / CLASSES);
    double[] lambda = new double[CLASSES];
    double[] sum = new double[CLASSES];
    for (int k = 0; k < updates.size(); k++) {
      Weighed update = updates.get(k);
      double[] ours = compared(spy.asked.get("proxy").get(2 * k), update);
      double[] theirs = compared(spy.asked.get("reference of the proxy").get(k), update);
      double[] total = new double[CLASSES];
      int[] count = new int[CLASSES];
      for (int i = 0; i < ours.length; i++) {
        total[update.groups[i]] += Math.max(0, ours[i] - theirs[i]);
        count[update.groups[i]]++;
      }
      for (int c = 0; c < CLASSES; c++) {
        lambda[c] = count[c] == 0 ? lambda[c] : total[c] / count[c];
      }
      if (k >= WARM_UP) {
        alpha = moved(alpha, lambda);
        for (int c = 0; c < CLASSES; c++) {
          sum[c] += alpha[c] / (updates.size() - WARM_UP);
        }
      }
    }
    double[] learnt = ClassWeights.read(run.resolve("class-weights.json")).alpha();
    assertThat(learnt).containsExactly(sum, within(1e-4));
    assertThat(Arrays.stream(sum).max().orElseThrow()).isGreaterThan(0.11);
  }

  private static double[] moved(double[] alpha, double[] lambda) {
    double[] next = new double[CLASSES];
    Arrays.setAll(next, c -> alpha[c] * Math.exp(30 * lambda[c]));
    double all = Arrays.stream(next).sum();
    Arrays.setAll(next, c -> (1 - 1e-3) * next[c] / all + 1e-3 / CLASSES);
    return next;
  }

  /** The published sampler on 4 of the 1000 steps, from what the network answered. */
  @Test
  void samples_areDrawnByTheLearntVariance_underPowerCosineGuidance() {
    List<Asked> calls = spy.asked.get("samples of model");
    int[] times = {999, 666, 333, 0};
    assertThat(calls).hasSize(4);
    try (Scope scope = Scope.open()) {
      PerImageNoise noise = new PerImageNoise(RandomStreams.of(3), new long[] {0, 1, 2});
      for (int k = 0; k < 4; k++) {
        Asked call = calls.get(k);
        assertThat(call.training()).isFalse();
        assertThat(call.t()).containsOnly(times[k]);
        assertThat(call.y()).containsExactly(0, 1, 2, CLASSES, CLASSES, CLASSES);
        if (k < 3) {
          double before = alphaBar[times[k + 1]];
          float[] z = Tensors.floats(noise.draw(k, torch.zeros(3, 3, 8, 8)));
          float[] next = Arrays.copyOf(calls.get(k + 1).xt(), 3 * PIXELS);
          assertThat(next).containsExactly(step(call, times[k], before, z), within(2e-3f));
        }
      }
    }
  }

  private static float[] step(Asked call, int t, double before, float[] z) {
    double a = alphaBar[t];
    double beta = 1 - a / before;
    double posterior = Math.log(beta * (1 - before) / (1 - a));
    double scale = 1 + 2.8 * (1 - Math.cos(Math.PI * Math.pow(1 - t / 1000.0, 4))) / 2;
    float[] next = new float[3 * PIXELS];
    for (int i = 0; i < next.length; i++) {
      int at = i / PIXELS * 2 * PIXELS + i % PIXELS; // image by image, 6 channels each
      double told = call.predicted()[at];
      double untold = call.predicted()[at + 3 * 2 * PIXELS];
      double eps = untold + scale * (told - untold);
      double f = (call.predicted()[at + PIXELS] + 1) / 2;
      double x0 = (call.xt()[i] - Math.sqrt(1 - a) * eps) / Math.sqrt(a);
      double mean =
          (beta * Math.sqrt(before) * x0 + (1 - before) * Math.sqrt(1 - beta) * call.xt()[i])
              / (1 - a);
      double logVariance = f * Math.log(beta) + (1 - f) * posterior;
      next[i] = (float) (mean + Math.exp(logVariance / 2) * z[i]);
    }
    return next;
  }
}
