package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.RunRecord;
import io.winnow.diffusion.SamplerConfig;
import io.winnow.files.AtomicFile;
import io.winnow.files.ContentHash;
import io.winnow.model.ModelFolder;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.Scope;
import io.winnow.weights.Safetensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Samples of a small network of two classes, with raw weights beside the averaged ones. */
class SamplingTest {
  private static final List<String> CLASSES = List.of("cat", "dog");

  @TempDir Path folder;
  private Path model;

  @BeforeEach
  void model() {
    model = folder.resolve("model");
    ModelFolder made = SmallSet.model(model, 2);
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> raw = new TreeMap<>(made.network().state());
      raw.replaceAll((key, value) -> value.mul(new Scalar(1.5)));
      Files.createDirectories(model.resolve("train-state"));
      Safetensors.write(model.resolve(TrainStage.RAW), raw, Map.of());
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static SampleConfig config(SampleConfig.Weights weights) {
    return new SampleConfig(
        new SamplerConfig(SamplerConfig.Method.DDIM, SamplerConfig.Rule.FX, 2, 0, false),
        0.5,
        null,
        null,
        5,
        3,
        weights,
        SampleConfig.Labels.BALANCED,
        SampleConfig.Format.PNG);
  }

  private RunRecord.Sampling sample(SampleConfig.Weights weights, String name) {
    return new Sampling(config(weights), CLASSES, 3, Compute.plainCpu())
        .run(model, folder.resolve(".parts"), folder.resolve(name), Progress.SILENT, () -> false);
  }

  @Test
  void facts_nameTheWeightsByTheirFile_theMode_andTheCounts() {
    RunRecord.Sampling averaged = sample(SampleConfig.Weights.EMA, "averaged");
    assertThat(averaged)
        .isEqualTo(
            new RunRecord.Sampling(
                "ema",
                ContentHash.of(model.resolve("unet/diffusion_pytorch_model.safetensors")),
                "eval",
                0.5,
                2,
                Map.of("cat", 3, "dog", 2)));
    RunRecord.Sampling raw = sample(SampleConfig.Weights.RAW, "raw");
    assertThat(raw.weights()).isEqualTo("raw");
    assertThat(raw.sha256()).isEqualTo(ContentHash.of(model.resolve(TrainStage.RAW)));
  }

  @Test
  void rawWeights_areThoseOfTheirFile_andDrawOtherSamples() throws Exception {
    sample(SampleConfig.Weights.EMA, "averaged");
    sample(SampleConfig.Weights.RAW, "raw");
    String png = "cat/000000.png";
    assertThat(Files.readAllBytes(folder.resolve("raw").resolve(png)))
        .isNotEqualTo(Files.readAllBytes(folder.resolve("averaged").resolve(png)));
    Files.delete(model.resolve(TrainStage.RAW));
    assertThatThrownBy(() -> sample(SampleConfig.Weights.RAW, "none"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            model.resolve(TrainStage.RAW)
                + ": no such file; expected the raw weights that training leaves. Use weights:"
                + " ema.");
  }

  @Test
  void otherClassesThanTheNetworks_areRefused() {
    for (List<String> classes :
        List.of(List.of("one"), List.of("a", "b", "c"), List.<String>of())) {
      Sampling other =
          new Sampling(config(SampleConfig.Weights.EMA), classes, 3, Compute.plainCpu());
      assertThatThrownBy(
              () ->
                  other.run(
                      model,
                      folder.resolve(".p"),
                      folder.resolve("x"),
                      Progress.SILENT,
                      () -> false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              model
                  + ": num_class_embeds is 3, expected "
                  + (classes.size() + 1)
                  + ", the classes and the null class. Is it the model of another data set?");
    }
  }

  /** What is there is not replaced: only an empty folder is as good as none. */
  @Test
  void place_mustBeFree() throws Exception {
    Sampling.requireFree(folder.resolve("nothing"));
    Files.createDirectories(folder.resolve("empty"));
    Sampling.requireFree(folder.resolve("empty"));
    AtomicFile.writeString(folder.resolve("file.npz"), "x");
    AtomicFile.writeString(folder.resolve("full/a.png"), "x");
    for (Path taken : Stream.of("file.npz", "full").map(folder::resolve).toList()) {
      assertThatThrownBy(() -> Sampling.requireFree(taken))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              taken
                  + ": exists already, and samples would replace it; expected a new place. Choose"
                  + " another with --out, or delete it.");
    }
  }
}
