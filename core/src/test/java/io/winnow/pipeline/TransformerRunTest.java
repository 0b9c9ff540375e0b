package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.RunRecord;
import io.winnow.config.ConfigException;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.files.AtomicFile;
import io.winnow.model.ModelFolder;
import io.winnow.model.mdt.Mdt;
import io.winnow.task.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs whose model is a transformer. */
class TransformerRunTest {
  private static final String RECIPE =
      """
      name: transformer
      compute: {device: cpu, threads: 1}
      dataset: {type: shapes, count: 100}
      prune: {method: uniform, ratio: 0.5}
      model:
        type: mdt
        version: 2
        space: pixels
        patch: 4
        width: 16
        depth: 2
        heads: 2
        decodeLayer: 1
        maskRatio: null
        learnSigma: false
      train: {epochs: 2, batch: 16, learningRate: 1e-2, warmupEpochs: 1, ema: 0.5}
      reweight: {enabled: false}
      sample: {sampler: {steps: 2}, count: 10, batch: 10}
      """;

  @TempDir Path home;

  private void run(String... sets) {
    Path recipe = home.resolve("transformer.yaml");
    AtomicFile.writeString(recipe, RECIPE);
    try (Pipeline pipeline =
        Pipeline.open(
            Recipe.read(recipe, List.of(sets)),
            home.resolve("run"),
            Progress.SILENT,
            () -> false)) {
      pipeline.run(Stage.SAMPLE);
    }
  }

  @Test
  void onePassOverImages_isTrained_andDrawnFrom() {
    run();
    Mdt model = (Mdt) ModelFolder.read(home.resolve("run/model")).network();
    assertThat(model.config().depth()).isEqualTo(2);
    model
        .state()
        .forEach((name, tensor) -> assertThat(tensor.isfinite().all().item_bool()).isTrue());
    assertThat(home.resolve("run/samples")).isNotEmptyDirectory();
  }

  /** Masks, a learnt variance, Adan, min-SNR and the published sampler, as MDT is trained. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void maskedTransformer_isTrained_weighted_andDrawnFrom(int version) {
    run(masked("model.version=" + version, "train.minSnr=" + (version == 2 ? "5" : "null")));
    ModelFolder folder = ModelFolder.read(home.resolve("run/model"));
    assertThat(((Mdt) folder.network()).config().maskRatio()).isEqualTo(0.3);
    assertThat(folder.scheduler().variance()).isEqualTo(SchedulerConfig.Variance.LEARNED_RANGE);
    assertFinite(folder);
    RunRecord record = RunRecord.read(home.resolve("run/run.json"));
    assertThat(record.stages().get("reweight").training().reference().compared())
        .isEqualTo("squared error without the learnt variance of the pass over all tokens");
    assertThat(home.resolve("run/samples")).isNotEmptyDirectory();
  }

  /** What the README shows is a recipe. */
  @Test
  void recipeOfTheReadme_isRead() throws IOException {
    String readme = Files.readString(Path.of("../README.md"));
    String block = readme.substring(readme.indexOf("```yaml\nmodel: {type: mdt") + 8);
    Path file = home.resolve("readme.yaml");
    AtomicFile.writeString(file, block.substring(0, block.indexOf("```")));
    Recipe recipe = Recipe.read(file, List.of("dataset.type=shapes")).value();
    assertThat(recipe.sample().powerCosine()).isEqualTo(new SampleConfig.PowerCosine(4, 3));
    assertThat(recipe.model().scheduler(recipe.train().parameterization()).variance())
        .isEqualTo(SchedulerConfig.Variance.LEARNED_RANGE);
  }

  private static String[] masked(String... more) {
    List<String> sets =
        new ArrayList<>(
            List.of(
                "model.maskRatio=0.3",
                "model.learnSigma=true",
                "train.optimizer={type: adan}",
                "train.gradientClip=null",
                "reweight.enabled=true",
                "sample.sampler.method=iddpm",
                "sample.guidanceWeight=2.8",
                "sample.powerCosine={}"));
    sets.addAll(List.of(more));
    return sets.toArray(new String[0]);
  }

  private static void assertFinite(ModelFolder folder) {
    folder
        .network()
        .state()
        .forEach(
            (name, tensor) -> assertThat(tensor.isfinite().all().item_bool()).as(name).isTrue());
  }

  @ParameterizedTest
  @ValueSource(strings = {"euler", "heun"})
  void flowMatching_isTrained_andDrawnFrom(String sampler) {
    run("train.prediction=fm", "model.maskRatio=0.3", "sample.sampler.method=" + sampler);
    ModelFolder folder = ModelFolder.read(home.resolve("run/model"));
    assertThat(folder.scheduler()).isEqualTo(SchedulerConfig.flowMatching());
    assertThat(home.resolve("run/model/scheduler/scheduler_config.json"))
        .content()
        .contains("FlowMatchEulerDiscreteScheduler");
    assertThat(home.resolve("run/model/model_index.json"))
        .content()
        .contains("FlowMatchEulerDiscreteScheduler");
    assertFinite(folder);
    assertThat(home.resolve("run/samples")).isNotEmptyDirectory();
  }

  /** A U-Net is told the times of straight paths just as well. */
  @Test
  void flowMatching_ofAUNet_isTrained_andDrawnFrom() {
    run(
        "model={type: unet2d, width: 8, multipliers: [1, 2], blocks: 1, groups: 4}",
        "train.prediction=fm",
        "sample.sampler.method=heun");
    assertFinite(ModelFolder.read(home.resolve("run/model")));
    assertThat(home.resolve("run/samples")).isNotEmptyDirectory();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model.space=latents | latents: absent, but the model denoises latents",
        "model.learnSigma=true | sample.sampler: sampler method: ddim, but the model learns the"
            + " variance; expected iddpm.",
        "train.prediction=fm | sample.sampler: sampler method: ddim, but the model was trained by"
            + " flow matching; expected euler or heun.",
        "train.prediction=fm & model.learnSigma=true | model.learnSigma: true, but train.prediction is"
            + " fm",
        "train.prediction=fm & train.minSnr=5 | minSnr is 5.0, but prediction is fm",
        "train.optimizer={type: adan} | gradientClip is 1.0, but optimizer clips by its own",
        "train.gradientClip=null & train.optimizer={type: adan, betas: [0.9, 0.99]} | betas is [0.9, 0.99],"
            + " but must be three numbers",
        "sample.powerCosine={} & sample.guidanceWeight=0 | guidanceWeight is 0.0, but powerCosine",
        "sample.powerCosine={channels: 4} | sample.powerCosine.channels: 4, but samples have 3"
      })
  void whatDoesNotGoTogether_isRefusedBeforeAnythingIsTrained(String sets, String message) {
    assertThatThrownBy(() -> run(sets.split(" & ")))
        .isInstanceOfAny(IllegalArgumentException.class, ConfigException.class)
        .hasMessageContaining(message);
    assertThat(home.resolve("run/model")).doesNotExist();
    assertThat(home.resolve("run/coreset.parquet")).doesNotExist();
  }
}
