package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.Curve;
import io.winnow.files.AtomicFile;
import io.winnow.files.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model trained by a run, and the same one trained from that run's manifest. */
class TrainManifestTest {
  private static final String RECIPE =
      """
      name: mini
      compute: {device: cpu, threads: 1}
      dataset: {type: shapes, count: 120, size: 8}
      prune: {method: uniform, ratio: 0.4}
      model: {width: 8, multipliers: [1], blocks: 1, attention: [], groups: 4, dropout: 0.1}
      train: {epochs: 4, batch: 16, learningRate: 1e-3, warmupEpochs: 3, ema: 0.9, anneal: 0.75, reportSteps: 1}
      reweight: {settings: {eta: 40, warmupSteps: 1}, proxy: {epochs: 2}, reference: {epochs: 1}}
      """;

  @TempDir Path folder;

  private CliRun run(String... more) {
    return winnow("run", List.of("--until", "train", "--out", path("run")), more);
  }

  private CliRun onManifest(String manifest, String out, String... more) {
    return winnow("train", List.of("--manifest", path(manifest), "--out", path(out)), more);
  }

  private CliRun winnow(String command, List<String> options, String... more) {
    Path recipe = folder.resolve("mini.yaml");
    if (!Files.exists(recipe)) {
      AtomicFile.writeString(recipe, RECIPE);
    }
    List<String> args = new ArrayList<>(List.of(command, recipe.toString()));
    args.addAll(options);
    args.addAll(Arrays.asList(more));
    CliRun run = CliRun.of(args.toArray(new String[0]));
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
    return run;
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  /** Hash of every file of a model, by name. */
  private Map<String, String> model(String out) {
    Path model = folder.resolve(out).resolve("model");
    Map<String, String> hashes = new TreeMap<>();
    try (Stream<Path> files = Files.walk(model)) {
      files
          .filter(Files::isRegularFile)
          .forEach(file -> hashes.put(model.relativize(file).toString(), Sha256.of(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertThat(hashes).containsKeys("unet/config.json", "train-state/raw.safetensors");
    return hashes;
  }

  @Test
  void manifestOfARun_withItsRecipe_givesTheBytesOfItsModel() {
    run();
    assertManifestHasTheWeightsOfTheRun();
    assertShortTrainingsReachTheLearningRate();
    assertThat(onManifest("run", "loss").out()).contains("loss");
    assertThat(model("loss")).isEqualTo(model("run"));
    onManifest("run/coreset/kept.txt", "plain");
    assertThat(model("plain")).as("ids alone carry no weights").isNotEqualTo(model("run"));

    String sampling = "train.weightsAs=sampling";
    run("--set", sampling);
    onManifest("run/coreset.parquet", "sampled", "--set", sampling);
    assertThat(model("sampled")).isEqualTo(model("run")).isNotEqualTo(model("loss"));
    onManifest("run/coreset/kept.txt", "plain-sampled", "--set", sampling);
    assertThat(model("plain-sampled")).as("nothing to draw by").isEqualTo(model("plain"));
  }

  private void assertManifestHasTheWeightsOfTheRun() {
    ClassWeights weights = ClassWeights.read(folder.resolve("run/class-weights.json"));
    assertThat(DoubleStream.of(weights.weights()).max().orElseThrow()).isGreaterThan(1.02);
    assertThat(DoubleStream.of(weights.weights()).min().orElseThrow()).isLessThan(0.98);
    for (Coreset.Entry entry : CoresetFiles.read(folder.resolve("run")).entries()) {
      int c = weights.classes().indexOf(entry.className());
      assertThat(entry.weight()).as(entry.id()).isEqualTo(weights.weights()[c]);
    }
  }

  /** The model warms up over three of four epochs, the reference over one, the proxy over one. */
  private void assertShortTrainingsReachTheLearningRate() {
    Map<String, Double> last = new TreeMap<>();
    for (Curve.Point point : Curve.read(folder.resolve("run/metrics.jsonl")).points()) {
      last.put(point.phase(), point.learningRate());
    }
    assertThat(last)
        .containsOnly(
            Map.entry("reference", 1e-3), Map.entry("proxy", 1e-3), Map.entry("model", 1e-3));
  }

  @Test
  void manifest_withTwoWeightsInAClass_isRefused() {
    winnow("run", List.of("--until", "prune", "--out", path("pruned")));
    Coreset coreset = CoresetFiles.read(folder.resolve("pruned"));
    List<Coreset.Entry> entries = new ArrayList<>(coreset.entries());
    int first = coreset.kept()[0];
    Coreset.Entry e = entries.get(first);
    entries.set(
        first,
        new Coreset.Entry(
            e.id(), e.path(), e.sha256(), e.label(), e.className(), e.score(), true, "", 3));
    CoresetFiles.write(new Coreset(coreset.selection(), entries), folder.resolve("edited"));
    CliRun run =
        CliRun.of("train", path("mini.yaml"), "--manifest", path("edited"), "--out", path("out"));
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err())
        .contains("3.0 and 1.0 in class " + e.className(), "one weight for each class");
  }
}
