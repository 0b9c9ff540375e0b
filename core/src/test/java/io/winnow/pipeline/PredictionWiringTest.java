package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.data.Datasets;
import io.winnow.data.Image;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Parameterization;
import io.winnow.encode.DdaeConfig;
import io.winnow.encode.EncodeConfig;
import io.winnow.encode.Encoder;
import io.winnow.encode.Encoders;
import io.winnow.files.AtomicFile;
import io.winnow.model.ModelFolder;
import io.winnow.pipeline.WiringSpy.Asked;
import io.winnow.pipeline.WiringSpy.Weighed;
import io.winnow.task.Progress;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Device;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run whose networks predict v, by SGD: losses, folders, samples and features follow. */
class PredictionWiringTest {
  private static final String RECIPE =
      """
      name: v
      seed: 3
      compute: {device: cpu, threads: 1}
      dataset: {type: shapes, count: 100, size: 8}
      prune: {method: uniform, ratio: 0.16}
      model: {width: 8, multipliers: [1, 1], blocks: 1, attention: [], groups: 4, dropout: 0}
      train:
        epochs: 2
        batch: 8
        learningRate: 1e-2
        warmupEpochs: 0
        ema: 0.5
        prediction: v
        optimizer: {type: sgd, momentum: 0.5}
      reweight: {settings: {eta: 0.5, warmupSteps: 1}}
      sample: {sampler: {rule: diffusers, steps: 4}, count: 3, batch: 3, guidanceWeight: 0, format: npz}
      """;

  private static final int PIXELS = 3 * 8 * 8;

  @TempDir static Path home;
  private static Path run;
  private static WiringSpy spy;
  private static double[] alphaBar;

  @BeforeAll
  static void runOnce() {
    Path file = home.resolve("v.yaml");
    AtomicFile.writeString(file, RECIPE);
    var resolved = Recipe.read(file, List.of());
    run = home.resolve("run");
    NoiseSchedule schedule =
        new NoiseSchedule(resolved.value().model().scheduler(Parameterization.EPS).schedule());
    alphaBar = schedule.alphaBar();
    spy = new WiringSpy(schedule);
    try (Pipeline pipeline = Pipeline.open(resolved, run, Progress.SILENT, () -> false, spy)) {
      pipeline.run(Stage.SAMPLE);
    }
  }

  @Test
  void folders_sayWhatTheirNetworkPredicts() throws Exception {
    for (String name : List.of("reference", "proxy", "model")) {
      Path folder = run.resolve(name);
      assertThat(Files.readString(folder.resolve("scheduler/scheduler_config.json")))
          .contains("\"prediction_type\" : \"v_prediction\"");
      assertThat(ModelFolder.read(folder).scheduler().parameterization())
          .isEqualTo(Parameterization.V);
    }
  }

  /** v = sqrt(a) eps - sqrt(1 - a) x0, the target of every training's losses. */
  @Test
  void losses_areThoseOfV_inEveryTraining() {
    for (String training : List.of("reference", "proxy", "model")) {
      List<Weighed> updates = spy.weighed.get(training);
      assertThat(updates).isNotEmpty();
      for (int k = 0; k < updates.size(); k++) {
        Weighed update = updates.get(k);
        float[] predicted = spy.asked.get(training).get(k).predicted();
        for (int i = 0; i < update.t.length; i++) {
          double a = alphaBar[(int) update.t[i]];
          double sum = 0;
          for (int p = i * PIXELS; p < (i + 1) * PIXELS; p++) {
            double v = Math.sqrt(a) * update.eps[p] - Math.sqrt(1 - a) * update.x0[p];
            sum += Math.pow(predicted[p] - v, 2);
          }
          assertThat(update.losses[i]).as(training).isCloseTo(sum / PIXELS, within(1e-2));
        }
      }
    }
  }

  /** DDIM from the predictions that the spy heard: x0 = sqrt(a) x - sqrt(1-a) v, clipped. */
  @Test
  void samples_areDrawnFromV() {
    List<Asked> calls = spy.asked.get("samples of model");
    long[] times = {750, 500, 250, 0};
    assertThat(calls).hasSize(4);
    float[] expected = null;
    for (int k = 0; k < 4; k++) {
      Asked call = calls.get(k);
      assertThat(call.t()).containsOnly(times[k]);
      if (k > 0) {
        assertThat(call.xt()).containsExactly(expected, within(2e-4f));
      }
      double aNext = k == 3 ? 1 : alphaBar[(int) times[k + 1]];
      expected = step(call, alphaBar[(int) times[k]], aNext);
    }
  }

  private static float[] step(Asked call, double a, double aNext) {
    float[] next = new float[call.xt().length];
    for (int i = 0; i < next.length; i++) {
      double v = call.predicted()[i];
      double eps = Math.sqrt(a) * v + Math.sqrt(1 - a) * call.xt()[i];
      double x0 = Math.sqrt(a) * call.xt()[i] - Math.sqrt(1 - a) * v;
      double clipped = Math.max(-1, Math.min(1, x0));
      next[i] = (float) (Math.sqrt(aNext) * clipped + Math.sqrt(1 - aNext) * eps);
    }
    return next;
  }

  /** Features are read inside the network, so that they are the same whatever its output means. */
  @Test
  void features_ofDdae_areTheSame_whateverTheOutputMeans() throws Exception {
    Path eps = home.resolve("eps");
    ModelFolder model = ModelFolder.read(run.resolve("model"));
    new ModelFolder(
            model.network(), io.winnow.diffusion.SchedulerConfig.ddpm(model.scheduler().schedule()))
        .write(eps, model.network().state());
    assertThat(features(run.resolve("model"))).isEqualTo(features(eps));
  }

  private static float[] features(Path model) throws Exception {
    EncodeConfig usual = EncodeConfig.of("ddae", model.toString());
    EncodeConfig config =
        new EncodeConfig(
            usual.encoder(),
            usual.weights(),
            usual.batch(),
            usual.precision(),
            usual.normalization(),
            usual.training(),
            new DdaeConfig(2, 11));
    try (Encoder encoder = Encoders.open(config, null, new Device("cpu"), 3);
        var data =
            Datasets.open(Recipe.read(home.resolve("v.yaml"), List.of()).value().dataset(), 3);
        Scope scope = Scope.open()) {
      List<Image> images = Arrays.asList(data.image(0), data.image(1));
      float[] values = Tensors.floats(encoder.encode(images));
      assertThat(values).hasSize(2 * 8).doesNotContain(Float.NaN);
      return values;
    }
  }

  @Test
  void optimizer_trainsEveryNetwork() {
    for (String name : List.of("reference", "proxy", "model")) {
      List<Asked> asked = spy.asked.get(name);
      float[] first = asked.get(0).weights().get("conv_out.weight");
      float[] second = asked.get(1).weights().get("conv_out.weight");
      double[] moved = new double[first.length];
      for (int i = 0; i < moved.length; i++) {
        moved[i] = Math.abs(second[i] - first[i]);
      }
      Arrays.sort(moved);
      assertThat(moved[moved.length / 2]).as("Adam's first step is its rate").isLessThan(8e-3);
      assertThat(moved[moved.length - 1]).isGreaterThan(0);
    }
  }
}
