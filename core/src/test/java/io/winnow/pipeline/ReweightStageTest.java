package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.Curve;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.artifact.TrajectoryCsv;
import io.winnow.config.StrictYaml;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.Parameterization;
import io.winnow.files.AtomicFile;
import io.winnow.files.ContentHash;
import io.winnow.model.ModelFolder;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One run by each rule on generated shapes, with a reference that was given. */
class ReweightStageTest {
  private static final String RECIPE =
      """
      name: mini
      compute: {device: cpu, precision: float32, threads: 1}
      dataset: {type: shapes, count: 100, size: 8}
      prune: {method: uniform, ratio: 0.4, scope: global}
      model: {width: 8, multipliers: [1, 1], blocks: 1, attention: [], groups: 4, dropout: 0.5}
      train: {epochs: 3, batch: 16, learningRate: 1e-3, warmupEpochs: 1, ema: 0.9, flip: false}
      reweight:
        settings: {eta: 20, warmupSteps: 1, trajectoryEvery: 2}
        proxy: {epochs: 2}
      """;

  @TempDir static Path folder;
  private static Path doremi;
  private static Path groupDro;

  @BeforeAll
  static void runs() {
    AtomicFile.writeString(folder.resolve("mini.yaml"), RECIPE);
    ModelFolder reference = model();
    reference.write(folder.resolve("reference"), reference.network().state());
    doremi = run("doremi", "reweight.reference.path=" + folder.resolve("reference"));
    groupDro =
        run("group-dro", "reweight.settings.rule=group-dro", "reweight.reference.path=nowhere");
  }

  @Test
  void inverseFrequency_trainsNothingAndLetsEveryClassCountAlike() throws Exception {
    Path inverse = run("inverse", "reweight.settings.rule=inverse-frequency");
    ClassWeights weights = ClassWeights.read(inverse.resolve("class-weights.json"));
    assertThat(weights.inverseFrequency()).isTrue();
    assertThat(weights.learnt()).isTrue();
    double[] p = weights.frequency();
    assertThat(DoubleStream.of(p).distinct().count()).as("shares that differ").isGreaterThan(1);
    for (int c = 0; c < p.length; c++) {
      assertThat(weights.weights()[c]).isCloseTo(0.1 / p[c], within(1e-12));
      assertThat(weights.alpha()[c]).isCloseTo(0.1, within(1e-12));
    }
    assertThat(inverse.resolve("proxy")).doesNotExist();
    assertThat(inverse.resolve("reference")).doesNotExist();
    assertThat(inverse.resolve("class-weights.csv")).doesNotExist();
  }

  @Test
  void inverseFrequency_afterAnotherRule_leavesNoProxyBehind() {
    Path other = run("switched", "reweight.settings.rule=group-dro");
    assertThat(other.resolve("proxy")).isDirectory();
    run("switched", "reweight.settings.rule=inverse-frequency");
    assertThat(other.resolve("proxy")).doesNotExist();
    assertThat(other.resolve("class-weights.csv")).doesNotExist();
  }

  private static Path run(String name, String... overrides) {
    Path out = folder.resolve(name);
    try (Pipeline pipeline = Pipeline.open(recipe(overrides), out, Progress.SILENT, () -> false)) {
      pipeline.run(Stage.REWEIGHT);
    }
    return out;
  }

  private static StrictYaml.Resolved<Recipe> recipe(String... overrides) {
    return Recipe.read(folder.resolve("mini.yaml"), List.of(overrides));
  }

  private static ModelFolder model() {
    return ModelFolder.create(recipe().value().model(), Parameterization.EPS, 8, 8, 10, 3);
  }

  private static ReweightStage stage(RunData data) {
    Recipe recipe = recipe("reweight.reference.path=" + folder.resolve("reference")).value();
    Compute compute = Compute.plainCpu();
    TrainStage training =
        new TrainStage(
            recipe.model(),
            data,
            null,
            null,
            new RunLayout(folder.resolve("x")),
            compute,
            Progress.SILENT,
            () -> false);
    return new ReweightStage(recipe, training, data, compute, new RunLayout(folder.resolve("x")));
  }

  private static RunData data() {
    return RunData.open(
        recipe().value().dataset(), 0, new RunLayout(folder.resolve("data")), Progress.SILENT);
  }

  private static ClassWeights weights(Path run) {
    return ClassWeights.read(run.resolve("class-weights.json"));
  }

  /** Images of each class in a run's coreset. */
  private static double[] counts(Path run) {
    double[] counts = new double[10];
    for (Coreset.Entry entry : CoresetFiles.read(run).entries()) {
      counts[entry.label()] += entry.kept() ? 1 : 0;
    }
    return counts;
  }

  /** With dropout of a half, two answers agree in evaluation mode alone. */
  @Test
  void reference_answersInEvaluationMode_withTheWeightsOfItsFolder() {
    try (Scope scope = Scope.open();
        RunData data = data();
        NoGradGuard guard = new NoGradGuard()) {
      DenoisingNetwork reference = stage(data).reference();
      Tensor xt = RandomStreams.of(1).normal(new long[] {2, 3, 8, 8}, "x", 0);
      Tensor t = Tensors.ofInts(new int[] {10, 700});
      Condition y = Condition.ofClasses(Tensors.ofInts(new int[] {3, 10}));
      double[] answer = Tensors.doubles(reference.predict(xt, t, y).value());
      assertThat(Tensors.doubles(reference.predict(xt, t, y).value())).isEqualTo(answer);
      DenoisingNetwork written = model().network();
      written.train(false);
      assertThat(Tensors.doubles(written.predict(xt, t, y).value())).isEqualTo(answer);
    }
  }

  @Test
  void weights_areAlphaOverTheFrequenciesOfTheCoreset() {
    for (Path run : List.of(doremi, groupDro)) {
      double[] counts = counts(run);
      assertThat(Arrays.stream(counts).sum()).isEqualTo(40);
      assertThat(Arrays.stream(counts).distinct().count()).as("unequal classes").isGreaterThan(2);
      ClassWeights weights = weights(run);
      double mean = 0;
      for (int c = 0; c < 10; c++) {
        assertThat(weights.frequency()[c]).isCloseTo(counts[c] / 40, within(1e-12));
        assertThat(weights.weights()[c])
            .isCloseTo(weights.alpha()[c] / weights.frequency()[c], within(1e-12));
        mean += weights.frequency()[c] * weights.weights()[c];
      }
      assertThat(mean).isCloseTo(1, within(1e-9));
      assertThat(weights.weights()).doesNotContain(1.0);
    }
  }

  @Test
  void proxy_isTrainedOnTheCoresetAlone_forItsOwnEpochs() {
    for (Path run : List.of(doremi, groupDro)) {
      RunRecord.Stage stage = RunRecord.read(run.resolve("run.json")).stages().get("reweight");
      assertThat(stage.images()).isEqualTo(2 * 40);
      List<Curve.Point> points = Curve.read(run.resolve("metrics.jsonl")).points();
      assertThat(points).extracting(Curve.Point::phase).containsOnly("proxy");
      assertThat(points.get(points.size() - 1).step()).isEqualTo(2 * 3);
    }
  }

  @Test
  void weights_nameWhatTheyBelongTo() {
    Object identities = weights(doremi).settings().get("identities");
    assertThat(identities)
        .isEqualTo(
            Map.of(
                "dataset",
                dataset(),
                "coreset",
                CoresetFiles.read(doremi).hash(),
                "reference",
                ContentHash.of(folder.resolve("reference"))));
    assertThat(weights(groupDro).settings().get("identities"))
        .isEqualTo(Map.of("dataset", dataset(), "coreset", CoresetFiles.read(groupDro).hash()));
  }

  private static String dataset() {
    try (RunData data = data()) {
      return data.inventory().hash();
    }
  }

  @Test
  void settingsOfTheRecipe_areThoseOfTheWeights() {
    assertThat(weights(doremi).settings())
        .containsEntry("etaUsed", 20.0)
        .containsEntry("steps", 6)
        .containsEntry("warmupSteps", 1)
        .containsEntry("countedSteps", 5);
    assertThat(weights(groupDro).settings()).containsEntry("etaUsed", 0.01);
    assertThat(weights(groupDro).settings().get("options").toString()).contains("GROUP_DRO");
    for (Path run : List.of(doremi, groupDro)) {
      ClassWeights.Trajectory trajectory = TrajectoryCsv.read(run.resolve("class-weights.csv"));
      assertThat(trajectory.rows()).extracting(row -> row.step()).containsExactly(2L, 4L, 6L);
      assertThat(trajectory.classes()).isEqualTo(weights(run).classes());
    }
  }

  /** The path of a reference that is not there was in its recipe. */
  @Test
  void groupDro_trainsNoReference_andAsksForNone() {
    RunRecord record = RunRecord.read(groupDro.resolve("run.json"));
    assertThat(record.stages()).containsOnlyKeys("prune", "reweight");
    assertThat(groupDro.resolve("reference")).doesNotExist();
    assertThat(recipe("reweight.settings.rule=group-dro").value().reweight().trainsReference())
        .isFalse();
    assertThat(recipe().value().reweight().trainsReference()).isTrue();
    assertThat(recipe("reweight.enabled=false").value().reweight().trainsReference()).isFalse();
    assertThat(recipe("reweight.reference.path=x").value().reweight().trainsReference()).isFalse();
  }

  @Test
  void warnings_areTheStagesNote() {
    assertThat(weights(doremi).learnt()).isTrue();
    assertThat(weights(doremi).warnings()).anyMatch(w -> w.startsWith("5 updates counted"));
    RunRecord.Stage stage = RunRecord.read(doremi.resolve("run.json")).stages().get("reweight");
    assertThat(stage.note()).isEqualTo(String.join(" ", weights(doremi).warnings()));
  }

  /** With so small a gamma every noise level's weight is gamma / SNR, next to nothing. */
  @Test
  void minSnr_weighsTheLosses_ofReferenceAndProxy() {
    Path plain = run("plain", "reweight.reference.path=null", "train.reportSteps=1");
    Path weighed =
        run("weighed", "reweight.reference.path=null", "train.reportSteps=1", "train.minSnr=1e-7");
    for (String network : List.of("reference", "proxy")) {
      assertThat(losses(plain, network)).isNotEmpty().allMatch(loss -> loss > 0.5);
      assertThat(losses(weighed, network)).isNotEmpty().allMatch(loss -> loss < 0.01);
    }
  }

  private static List<Double> losses(Path run, String network) {
    return Curve.read(run.resolve("metrics.jsonl")).points().stream()
        .filter(point -> point.phase().equals(network))
        .map(Curve.Point::loss)
        .toList();
  }
}
