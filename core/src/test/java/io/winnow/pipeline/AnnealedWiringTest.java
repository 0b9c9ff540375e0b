package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.Memorisation;
import io.winnow.artifact.RunRecord;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Parameterization;
import io.winnow.files.AtomicFile;
import io.winnow.files.Sha256;
import io.winnow.pipeline.WiringSpy.Asked;
import io.winnow.task.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One small run with annealing, raw weights and weights as sampling, watched. */
class AnnealedWiringTest {
  private static final String RECIPE =
      """
      name: annealed
      compute: {device: cpu, threads: 1}
      dataset: {type: shapes, count: 100, size: 8}
      encode: {training: {width: 4, epochs: 1, batch: 50}, batch: 50}
      prune: {method: uniform, ratio: 0.2}
      model: {width: 8, multipliers: [1, 1], blocks: 1, attention: [], groups: 4, labelDropout: 0}
      train:
        epochs: 4
        batch: 10
        learningRate: 1e-2
        warmupEpochs: 0
        ema: 0.5
        anneal: 0.5
        weightsAs: sampling
      reweight: {settings: {eta: 5, warmupSteps: 1}, proxy: {epochs: 2}, reference: {epochs: 1}}
      sample: {sampler: {steps: 2}, count: 4, batch: 4, weights: raw, guidanceWeight: 0, format: npz}
      evaluate: {metrics: [memorisation]}
      """;

  @TempDir static Path home;
  private static Path run;
  private static WiringSpy spy;
  private static int[] kept;

  @BeforeAll
  static void runOnce() {
    Path file = home.resolve("annealed.yaml");
    AtomicFile.writeString(file, RECIPE);
    var resolved = Recipe.read(file, List.of());
    run = home.resolve("run");
    spy =
        new WiringSpy(
            new NoiseSchedule(resolved.value().model().scheduler(Parameterization.EPS).schedule()));
    try (Pipeline pipeline = Pipeline.open(resolved, run, Progress.SILENT, () -> false, spy)) {
      pipeline.run(Stage.EVALUATE);
    }
    kept = CoresetFiles.read(run).kept();
  }

  private static RunRecord.Stage stage(String name) {
    return RunRecord.read(run.resolve("run.json")).stages().get(name);
  }

  private static int[] fetched(String training, int from, int to) {
    return spy.batches.get(training).subList(from, to).stream()
        .flatMapToInt(Arrays::stream)
        .toArray();
  }

  private static int[] sorted(int[] values) {
    int[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted;
  }

  private static int[] everything() {
    return IntStream.range(0, 100).toArray();
  }

  /** Epochs 0 and 1 draw 20 of the coreset by the weights, epochs 2 and 3 visit all 100. */
  @Test
  void model_isTrainedOnTheCoresetByItsWeights_thenOnEverythingWithout() {
    assertThat(spy.batches.get("model")).hasSize(2 * 2 + 2 * 10);
    int[] drawn = fetched("model", 0, 4);
    assertThat(drawn).hasSize(40).satisfies(d -> assertThat(kept).contains(d));
    assertThat(sorted(Arrays.copyOf(drawn, 20))).as("drawn, not visited").isNotEqualTo(kept);
    assertThat(sorted(fetched("model", 4, 14))).isEqualTo(everything());
    assertThat(sorted(fetched("model", 14, 24))).isEqualTo(everything());
    assertThat(spy.weighed.get("model"))
        .as("the weighting takes part in the coreset's updates alone")
        .hasSize(4)
        .allSatisfy(u -> assertThat(u.coefficients).containsOnly(0.1));
  }

  /** Neither anneals, nor takes its weights as sampling, whatever the model does. */
  @Test
  void referenceAndProxy_stayOnTheirSets() {
    assertThat(sorted(fetched("reference", 0, 10))).isEqualTo(everything());
    assertThat(spy.batches.get("reference")).hasSize(10);
    assertThat(spy.batches.get("proxy")).hasSize(4);
    assertThat(sorted(fetched("proxy", 0, 2))).isEqualTo(kept);
    assertThat(sorted(fetched("proxy", 2, 4))).isEqualTo(kept);
    assertThat(spy.weighed.get("proxy")).hasSize(4);
  }

  @Test
  void noLabelDropout_keepsEveryLabel() {
    assertThat(spy.asked.get("model"))
        .allSatisfy(call -> assertThat(Arrays.stream(call.y()).max().getAsLong()).isLessThan(10));
  }

  @Test
  void samples_comeFromTheRawWeights_withoutGuidance() {
    List<Asked> calls = spy.asked.get("samples of model");
    Map<String, float[]> last = spy.last.get("model");
    assertThat(calls).hasSize(2);
    for (Asked call : calls) {
      assertThat(call.training()).isFalse();
      assertThat(call.y()).containsExactly(0, 1, 2, 3);
      assertThat(call.xt()).hasSize(4 * 3 * 8 * 8);
      assertThat(call.weights()).containsOnlyKeys(last.keySet());
      last.forEach((key, values) -> assertThat(call.weights().get(key)).isEqualTo(values));
    }
  }

  /** The second phase showed it every image. */
  @Test
  void memorisation_isMeasuredAgainstEverything() {
    Memorisation found = Memorisation.read(run.resolve("memorisation.json"));
    assertThat(found.trainingImages()).isEqualTo(100);
    assertThat(found.samples()).hasSize(4);
  }

  @Test
  void record_saysWhatWasTrainedOnWhat() throws Exception {
    String ids =
        CoresetFiles.read(run).entries().stream()
            .map(e -> e.id() + "\n")
            .collect(Collectors.joining());
    String keptIds = Files.readString(run.resolve("coreset/kept.txt"));
    RunRecord.Training model = stage("train").training();
    assertThat(model.phases())
        .containsExactly(
            new RunRecord.Phase("coreset", 20, Sha256.of(keptIds), 4, true),
            new RunRecord.Phase("full", 100, Sha256.of(ids), 20, false));
    assertThat(model.weighting()).isEqualTo("sampling");
    // alpha_c = w_c p_c up to rounding; drawn by the product, which the manifest has too.
    ClassWeights weights = ClassWeights.read(run.resolve("class-weights.json"));
    double[] alpha = weights.weights();
    Arrays.setAll(alpha, c -> alpha[c] * weights.frequency()[c]);
    assertThat(alpha).containsExactly(weights.alpha(), within(1e-15));
    assertThat(model.weights()).isEqualTo(RunRecord.Range.of(alpha));
    assertThat(model.weights().largest()).isEqualTo(Arrays.stream(alpha).max().getAsDouble());
    RunRecord.Sampling drawn = stage("sample").sampling();
    assertThat(drawn.weights()).isEqualTo("raw");
    assertThat(drawn.sha256())
        .isEqualTo(Sha256.of(run.resolve("model/train-state/raw.safetensors")));
    assertThat(stage("sample").outputs()).containsOnlyKeys("samples.npz");
  }
}
