package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.files.AtomicFile;
import io.winnow.model.ModelFolder;
import io.winnow.model.mdt.Mdt;
import io.winnow.task.Progress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
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

  @ParameterizedTest
  @ValueSource(strings = {"maskRatio=0.3", "learnSigma=true", "space=latents"})
  void whatNoRunTrains_isRefusedBeforeAnythingIsTrained(String key) {
    assertThatThrownBy(() -> run("model." + key))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("model: a run trains a transformer on images, in one pass")
        .hasMessageContaining("expected space: pixels, maskRatio: null and learnSigma: false");
    assertThat(home.resolve("run/model")).doesNotExist();
    assertThat(home.resolve("run/coreset.parquet")).doesNotExist();
  }
}
