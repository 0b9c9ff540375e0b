package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.RunLayout;
import io.winnow.config.StrictYaml;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Parameterization;
import io.winnow.files.AtomicFile;
import io.winnow.files.Sha256;
import io.winnow.model.ModelFolder;
import io.winnow.prune.Flip;
import io.winnow.task.HeardProgress;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Losses of generated shapes under small networks, and selections by them. */
class CheckpointLossesTest {
  private static final String RECIPE =
      """
      name: mini
      seed: 5
      compute: {device: cpu, precision: float32, threads: 1}
      dataset: {type: shapes, count: 150, size: 8}
      prune: {ratio: 0.4}
      model: {width: 8, multipliers: [1, 1], blocks: 1, attention: [], groups: 4, dropout: 0.5}
      train: {epochs: 1, batch: 16, learningRate: 1e-3, warmupEpochs: 1, ema: 0.9, flip: false}
      reweight: {enabled: false}
      """;

  @TempDir Path folder;

  private StrictYaml.Resolved<Recipe> recipe(String... overrides) {
    AtomicFile.writeString(folder.resolve("mini.yaml"), RECIPE);
    return Recipe.read(folder.resolve("mini.yaml"), List.of(overrides));
  }

  private Path model(String name, int side, int classes, long seed) {
    ModelFolder made =
        ModelFolder.create(
            recipe().value().model(), Parameterization.EPS, side, side, classes, seed);
    made.write(folder.resolve(name), made.network().state());
    return folder.resolve(name);
  }

  private RunLayout run() {
    return new RunLayout(folder.resolve("run"));
  }

  private RunData data(String... overrides) {
    return RunData.open(recipe(overrides).value().dataset(), 5, run(), Progress.SILENT);
  }

  private CheckpointLosses losses(RunData data, long seed, BooleanSupplier stop) {
    return losses(data, seed, Progress.SILENT, stop);
  }

  private CheckpointLosses losses(
      RunData data, long seed, Progress listener, BooleanSupplier stop) {
    return new CheckpointLosses(data, run(), Compute.plainCpu(), seed, listener, stop);
  }

  /** With the network's own call: one noise for all, own classes, no weights. */
  @Test
  void losses_areTheSquaredErrorsOfTheNetwork_onOneNoise() {
    Path model = model("model", 8, 10, 3);
    try (RunData data = data()) {
      double[][] found = losses(data, 5, () -> false).of(model.toString(), 4);
      ModelFolder read = ModelFolder.read(model);
      read.network().train(false);
      NoiseSchedule schedule = new NoiseSchedule(read.scheduler().schedule());
      int[] some = {0, 1, 77, 127, 128, 149};
      try (Scope scope = Scope.open();
          NoGradGuard guard = new NoGradGuard()) {
        Tensor bytes = data.images().batch(some).to(torch.ScalarType.Float);
        Tensor x0 = bytes.div(new Scalar(127.5)).sub(new Scalar(1));
        int[] labels = IntStream.of(some).map(i -> data.labels()[i]).toArray();
        for (int k = 0; k < 4; k++) {
          double level = (k + 0.5) / 4;
          Tensor eps =
              RandomStreams.of(5)
                  .normal(new long[] {1, 3, 8, 8}, "losses.noise", Double.doubleToLongBits(level))
                  .expand_as(x0);
          Tensor t =
              torch.full(
                  new long[] {6},
                  new Scalar(125L + 250L * k),
                  new TensorOptions(torch.ScalarType.Long));
          Tensor out =
              read.network()
                  .predict(
                      schedule.addNoise(x0, eps, t), t, Condition.ofClasses(Tensors.ofInts(labels)))
                  .value();
          double[] expected = Tensors.doubles(out.sub(eps).square().mean(1, 2, 3));
          for (int i = 0; i < some.length; i++) {
            assertThat(found[k][some[i]]).isCloseTo(expected[i], within(1e-5 * expected[i]));
          }
        }
      }
      assertThat(found[0]).hasSize(150);
      assertThat(losses(data, 6, () -> false).of(model.toString(), 4)[0]).isNotEqualTo(found[0]);
      Path other = model("other", 8, 10, 4);
      assertThat(losses(data, 5, () -> false).of(other.toString(), 4)[0]).isNotEqualTo(found[0]);
    }
  }

  @Test
  void losses_leaveNoWeightsInNativeMemory() {
    Path model = model("model", 8, 10, 3);
    try (RunData data = data()) {
      losses(data, 5, () -> false).of(model.toString(), 1);
      long before = Pointer.totalCount();
      losses(data, 6, () -> false).of(model.toString(), 1);
      int tables = 6; // of the schedule
      assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before + tables);
    }
  }

  @Test
  void networkThatIsRefused_leavesNoWeightsInNativeMemory() {
    String few = model("few", 8, 4, 1).toString();
    try (RunData data = data()) {
      CheckpointLosses losses = losses(data, 5, () -> false);
      assertThatThrownBy(() -> losses.of(few, 1)).hasMessageContaining("told 4 classes");
      long before = Pointer.totalCount();
      assertThatThrownBy(() -> losses.of(few, 1)).hasMessageContaining("told 4 classes");
      assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
    }
  }

  private List<Path> files() throws Exception {
    try (Stream<Path> files = Files.list(run().losses())) {
      return files.sorted().toList();
    }
  }

  @Test
  void losses_ofALevel_areKept_andAStoppedRunGoesOnAtTheNextOne() throws Exception {
    Path model = model("model", 8, 10, 3);
    try (RunData data = data()) {
      int[] asked = {0}; // two batches a level
      assertThatThrownBy(() -> losses(data, 5, () -> ++asked[0] > 3).of(model.toString(), 2))
          .isInstanceOf(Interrupted.class);
      assertThat(files()).hasSize(1);
      try (Scope scope = Scope.open()) {
        double[] ones = DoubleStream.generate(() -> 1).limit(150).toArray();
        Npy.write(files().get(0), Tensors.of(ones, 150));
      }
      double[][] found = losses(data, 5, () -> false).of(model.toString(), 2);
      assertThat(found[0]).containsOnly(1);
      assertThat(found[1]).doesNotContain(1);
      assertThat(files()).hasSize(2);
      assertThat(losses(data, 5, () -> true).of(model.toString(), 2)[1]).isEqualTo(found[1]);
    }
  }

  /** A level is a task, over where it was stopped; what was kept is none. */
  @Test
  void progress_countsTheImagesOfEveryLevelThatIsAsked() {
    String model = model("model", 8, 10, 3).toString();
    try (RunData data = data()) {
      HeardProgress first = new HeardProgress();
      int[] asked = {0}; // two batches a level
      assertThatThrownBy(() -> losses(data, 5, first, () -> ++asked[0] > 2).of(model, 2))
          .isInstanceOf(Interrupted.class);
      assertThat(first.lines())
          .containsExactly(
              "begin losses 150 images, 0 done",
              "0 noise level 0.25",
              "128 noise level 0.25",
              "end",
              "begin losses 150 images, 0 done",
              "end");
      HeardProgress then = new HeardProgress();
      losses(data, 5, then, () -> false).of(model, 2);
      assertThat(then.lines())
          .containsExactly(
              "begin losses 150 images, 0 done",
              "0 noise level 0.75",
              "128 noise level 0.75",
              "end");
    }
  }

  /**
   * Files of a folder that other images, another reading or fewer levels have left are not read.
   */
  @Test
  void losses_ofOtherImagesOrLevels_areAskedForAnew() {
    String model = model("model", 8, 10, 3).toString();
    double[][] found;
    try (RunData data = data()) {
      found = losses(data, 5, () -> false).of(model, 2);
      double[] one = losses(data, 5, () -> false).of(model, 1)[0];
      assertThat(one).isNotEqualTo(found[0]).isNotEqualTo(found[1]);
    }
    try (RunData fewer = data("dataset.count=140")) {
      assertThat(losses(fewer, 5, () -> false).of(model, 2)[0]).hasSize(140);
    }
    try (RunData smoother = data("dataset.resize=pillow-bicubic")) {
      assertThat(losses(smoother, 5, () -> false).of(model, 2)[0]).isNotEqualTo(found[0]);
    }
    try (RunData larger = data("dataset.size=16")) {
      assertThatThrownBy(() -> losses(larger, 5, () -> false).of(model, 2))
          .hasMessageContaining("expected 16 x 16");
    }
  }

  @Test
  void networksThatDoNotFit_areRefused() {
    try (RunData data = data()) {
      CheckpointLosses losses = losses(data, 5, () -> false);
      String wide = model("wide", 16, 10, 1).toString();
      assertThatThrownBy(() -> losses.of(wide, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "prune.steps: "
                  + wide
                  + " is a network on images of 16 x 16; expected 8 x 8. Name"
                  + " another model.");
      String few = model("few", 8, 4, 1).toString();
      assertThatThrownBy(() -> losses.of(few, 1))
          .hasMessage(
              "prune.steps: "
                  + few
                  + " is a network that is told 4 classes; expected the 10 of the"
                  + " data set. Name another model.");
      assertThatThrownBy(() -> losses.of(folder.toString(), 1)).hasMessageContaining("expected");
    }
  }

  @Test
  void lossThatIsNoNumber_isNamed() throws Exception {
    Path model = model("model", 8, 10, 3);
    try (RunData data = data()) {
      losses(data, 5, () -> false).of(model.toString(), 1);
      double[] broken = new double[150];
      broken[7] = Double.NaN;
      try (Scope scope = Scope.open()) {
        Npy.write(files().get(0), Tensors.of(broken, 150));
      }
      String id = data.inventory().ids().get(7);
      assertThatThrownBy(() -> losses(data, 5, () -> false).of(model.toString(), 1))
          .hasMessageContaining(": the loss of " + id + " is NaN; expected finite numbers.");
    }
  }

  private Coreset selected(String steps, String... more) {
    Path out = folder.resolve("whole");
    List<String> overrides = new ArrayList<>(List.of(more));
    overrides.add("prune.steps=" + steps);
    StrictYaml.Resolved<Recipe> recipe = recipe(overrides.toArray(String[]::new));
    try (Pipeline pipeline = Pipeline.open(recipe, out, Progress.SILENT, () -> false)) {
      pipeline.run(Stage.PRUNE);
    }
    return CoresetFiles.read(out);
  }

  /** Through the run: no features, the losses' order, and again once the network is another. */
  @Test
  void run_selectsByTheLosses_andAgainWhenTheNetworkChanges() {
    String step =
        "[{step: diffusion-loss, model: "
            + model("model", 8, 10, 3)
            + ", levels: 2, keep: lowest}]";
    Coreset first = selected(step);
    assertThat(first.kept()).hasSizeBetween(55, 65);
    assertThat(folder.resolve("whole/features")).doesNotExist();
    double[] scores = first.scores();
    assertThat(scores).containsExactly(difficulty(folder.resolve("model")), within(1e-6));
    int[] labels = first.entries().stream().mapToInt(Coreset.Entry::label).toArray();
    for (int c = 0; c < 10; c++) {
      int own = c;
      double most =
          IntStream.of(first.kept())
              .filter(i -> labels[i] == own)
              .mapToDouble(i -> scores[i])
              .max()
              .orElseThrow();
      double least =
          IntStream.of(first.dropped())
              .filter(i -> labels[i] == own)
              .mapToDouble(i -> scores[i])
              .min()
              .orElseThrow();
      assertThat(most).isLessThanOrEqualTo(least);
    }
    assertThat(selected(step).scores()).isEqualTo(scores);
    assertThat(selected(step, "compute.precision=bf16").scores()).isNotEqualTo(scores);
    model("model", 8, 10, 9);
    assertThat(selected(step).scores()).isNotEqualTo(scores);
  }

  private static boolean kept(Coreset coreset, String id) {
    return coreset.entries().stream()
        .filter(entry -> entry.id().equals(id))
        .findFirst()
        .orElseThrow()
        .kept();
  }

  /** Every stated number, selected with by a run again, turns the decision; the one beside not. */
  @Test
  void explanation_ofASelectionByLosses_statesWhatTurnsIt_whileTheNetworksAreTheSame() {
    Path model = model("model", 8, 10, 3);
    String steps =
        "[{step: diffusion-loss, levels: 2, keep: lowest, scope: global, model: "
            + model
            + ", reference: "
            + model("reference", 8, 10, 4)
            + ", ratio: %s}, {step: preset, method: uniform, ratio: 0.9}]";
    Coreset coreset = selected(steps.formatted(0.4));
    int stated = 0;
    for (int image : new int[] {coreset.kept()[0], coreset.kept()[9], coreset.dropped()[3]}) {
      String id = coreset.entries().get(image).id();
      selected(steps.formatted(0.4));
      Explanation found = CoresetExplanation.of(folder.resolve("whole"), id, Progress.SILENT);
      assertThat(found.notes()).noneMatch(note -> note.contains("cannot be tried"));
      for (Flip flip : found.flips()) {
        if (flip.key().equals("prune.steps[0].ratio")) {
          Coreset turned = selected(steps.formatted(flip.flips()));
          assertThat(kept(turned, id)).as("%s", flip).isEqualTo(!found.kept());
          Coreset beside = selected(steps.formatted(flip.stays()));
          assertThat(kept(beside, id)).as("%s", flip).isEqualTo(found.kept());
          stated++;
        }
      }
    }
    assertThat(stated).isGreaterThanOrEqualTo(2);
    String id = coreset.entries().get(0).id();
    model("model", 8, 10, 9);
    Explanation gone = CoresetExplanation.of(folder.resolve("whole"), id, Progress.SILENT);
    assertThat(gone.flips()).isEmpty();
    assertThat(gone.notes()).anyMatch(note -> note.startsWith("The losses that selected are not"));
  }

  /** By the recipe's seed: losses in units of the mean of their level, their mean. */
  private double[] difficulty(Path model) {
    try (RunData data = data()) {
      double[] scores = new double[data.size()];
      for (double[] level : losses(data, 5, () -> false).of(model.toString(), 2)) {
        double mean = DoubleStream.of(level).average().orElseThrow();
        Arrays.setAll(scores, i -> scores[i] + level[i] / mean / 2);
      }
      return scores;
    }
  }

  private String trained(String name, String... overrides) {
    Path out = folder.resolve(name);
    try (Pipeline pipeline = Pipeline.open(recipe(overrides), out, Progress.SILENT, () -> false)) {
      pipeline.run(Stage.TRAIN);
    }
    return Sha256.of(ModelFolder.weights(out.resolve("model")));
  }

  /** On all images, by their losses; again once the network that scored them is another. */
  @Test
  void dataWarmup_ordersByTheScoresOfTheManifest() {
    String steps =
        "prune.steps=[{step: diffusion-loss, levels: 1, ratio: 1, model: "
            + model("model", 8, 10, 3)
            + "}]";
    String warmup = "train.dataWarmup={share: 1, temperature: 0.05}";
    String plain = trained("plain", "prune.ratio=1", steps);
    String warmed = trained("warmed", "prune.ratio=1", steps, warmup);
    assertThat(warmed).isNotEqualTo(plain);
    assertThat(trained("warmed", "prune.ratio=1", steps, warmup)).isEqualTo(warmed);
    String reversed = "train.dataWarmup={share: 1, temperature: 0.05, simple: high}";
    assertThat(trained("reversed", "prune.ratio=1", steps, reversed)).isNotEqualTo(warmed);
    model("model", 8, 10, 9);
    assertThat(trained("warmed", "prune.ratio=1", steps, warmup)).isNotEqualTo(warmed);
    assertThatThrownBy(() -> trained("drawn", "prune.method=uniform", warmup))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("train.dataWarmup: image \\d+ has no score to order it by; expected.*");
  }

  @Test
  void folderThatIsNotThere_isRefusedAtTheStart() {
    assertThatThrownBy(() -> selected("[{step: diffusion-loss, model: nowhere}]"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "prune.steps: nowhere is no folder; expected a diffusers folder of a network on these"
                + " images. A run leaves one in model/ and in reference/.");
  }
}
