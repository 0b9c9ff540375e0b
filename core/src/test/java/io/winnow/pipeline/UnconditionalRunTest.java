package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.Metric;
import io.winnow.artifact.Metrics;
import io.winnow.artifact.RunRecord;
import io.winnow.artifact.SampleImages;
import io.winnow.config.StrictYaml;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Parameterization;
import io.winnow.files.AtomicFile;
import io.winnow.model.ModelFolder;
import io.winnow.task.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One run of everything whose networks are told no classes. */
class UnconditionalRunTest {
  private static final String RECIPE =
      """
      name: plain
      seed: 3
      compute: {device: cpu, threads: 1}
      dataset: {type: shapes, count: 100, size: 8}
      encode: {training: {width: 4, epochs: 1, batch: 32, cropPadding: 1, flip: false}, batch: 32}
      prune: {method: uniform, ratio: 0.3, scope: global}
      model: {width: 8, multipliers: [1, 1], blocks: 1, attention: [], groups: 4, classes: none}
      train: {epochs: 2, batch: 16, learningRate: 1e-2, warmupEpochs: 1, ema: 0.5}
      reweight: {settings: {eta: 5, warmupSteps: 1}}
      sample: {sampler: {steps: 2}, count: 12, batch: 8, guidanceWeight: 0}
      """;

  @TempDir static Path home;
  private static Path run;
  private static WiringSpy spy;
  private static List<String> names; // of the files of samples
  private static SampleImages shown;
  private static List<Metric> metrics;

  private static StrictYaml.Resolved<Recipe> recipe(String... sets) {
    return Recipe.read(home.resolve("plain.yaml"), List.of(sets));
  }

  @BeforeAll
  static void runOnce() {
    AtomicFile.writeString(home.resolve("plain.yaml"), RECIPE);
    run = home.resolve("run");
    spy =
        new WiringSpy(
            new NoiseSchedule(recipe().value().model().scheduler(Parameterization.EPS).schedule()));
    try (Pipeline pipeline = Pipeline.open(recipe(), run, Progress.SILENT, () -> false, spy)) {
      pipeline.run(Stage.EVALUATE);
    }
    names = names(run.resolve("samples"));
    shown = SampleImages.read(run.resolve("samples"), 5).orElseThrow();
    metrics = Metrics.read(run.resolve("metrics.json")).metrics();
    try (Pipeline pipeline =
        Pipeline.open(recipe("sample.format=npz"), run, Progress.SILENT, () -> false)) {
      pipeline.run(Stage.EVALUATE);
    }
  }

  private static List<String> names(Path folder) {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void networks_haveNoClasses_andAreToldNone() throws Exception {
    for (String name : List.of("reference", "proxy", "model")) {
      assertThat(ModelFolder.read(run.resolve(name)).network().classEmbeddings()).isNull();
      assertThat(Files.readString(run.resolve(name + "/unet/config.json")))
          .contains("\"num_class_embeds\" : null");
    }
    for (String role :
        List.of("reference", "proxy", "model", "reference of the proxy", "samples of model")) {
      assertThat(spy.asked.get(role))
          .as(role)
          .isNotEmpty()
          .allSatisfy(call -> assertThat(call.y()).isNull());
    }
  }

  /** What a class weighs is learnt from the true classes of the images, told or not. */
  @Test
  void weightsOfClasses_areLearnt_andGivenToTheModel() {
    Coreset coreset = CoresetFiles.read(run);
    ClassWeights learnt = ClassWeights.read(run.resolve("class-weights.json"));
    double[] shares = new double[learnt.classes().size()];
    coreset.entries().stream()
        .filter(Coreset.Entry::kept)
        .forEach(entry -> shares[entry.label()] += 1.0 / coreset.kept().length);
    assertThat(learnt.frequency()).containsExactly(shares, within(1e-12));
    assertThat(DoubleStream.of(learnt.weights()).anyMatch(w -> Math.abs(w - 1) > 1e-3)).isTrue();
    for (WiringSpy.Weighed update : spy.weighed.get("model")) {
      for (int i = 0; i < update.groups.length; i++) {
        int label = coreset.entries().get(update.indices[i]).label();
        assertThat(update.groups[i]).isEqualTo(label);
        assertThat(update.coefficients[i])
            .isCloseTo(learnt.weights()[label] / update.groups.length, within(1e-12));
      }
    }
  }

  @Test
  void samples_lieInOneFolder_andAreMeasuredAsAWhole() {
    assertThat(names).hasSize(12).allMatch(name -> name.matches("\\d{6}\\.png"));
    assertThat(metrics).extracting(Metric::name).anyMatch(name -> name.startsWith("fd-"));
    assertThat(metrics).extracting(Metric::label).containsOnlyNulls();
    assertThat(run.resolve("memorisation.json")).exists();
    assertThat(shown.groups()).hasSize(1);
    assertThat(shown.groups().get(0).images()).hasSize(5);
  }

  @Test
  void record_saysThatNoLabelsWereTold() {
    Map<String, RunRecord.Stage> stages = RunRecord.read(run.resolve("run.json")).stages();
    assertThat(stages.get("train").training().labelDropout()).isZero();
    assertThat(stages.get("sample").sampling().byClass()).isEmpty();
  }

  @Test
  void samplesInAnArchive_areMeasuredToo() {
    assertThat(run.resolve("samples")).doesNotExist();
    assertThat(Metrics.read(run.resolve("metrics.json")).metrics())
        .extracting(Metric::name)
        .anyMatch(name -> name.startsWith("fd-"));
  }

  @Test
  void guidance_isRefusedBeforeAnythingIsTrained() {
    refused(
        "sample.guidanceWeight=0.3",
        "sample.guidanceWeight: 0.3, but the model is told no classes (model.classes: none) to be"
            + " guided to; expected 0. Set sample.guidanceWeight: 0.");
  }

  @Test
  void metricsByClass_areRefusedWhereAskedFor() {
    refused(
        "evaluate.metrics=[class-fd]", "evaluate.metrics: class-fd needs samples of known classes");
    refused(
        "evaluate.metrics=[fd, class-agreement]",
        "evaluate.metrics: class-agreement needs samples");
  }

  private static void refused(String set, String message) {
    Path other = home.resolve("refused");
    assertThatThrownBy(
            () -> {
              try (Pipeline pipeline =
                  Pipeline.open(recipe(set), other, Progress.SILENT, () -> false)) {
                pipeline.run(Stage.EVALUATE);
              }
            })
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
    assertThat(other.resolve("encoder")).doesNotExist();
  }
}
