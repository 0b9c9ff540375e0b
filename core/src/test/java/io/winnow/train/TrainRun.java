package io.winnow.train;

import io.winnow.artifact.Curve;
import io.winnow.data.DecodedImages;
import io.winnow.data.ImageSource;
import io.winnow.data.Resize;
import io.winnow.data.ShapesDataset;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Objective;
import io.winnow.diffusion.Parameterization;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.diffusion.TrainingObjective;
import io.winnow.optim.AdamConfig;
import io.winnow.optim.EmaRule;
import io.winnow.task.Interrupted;
import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A small training run in a folder: 40 drawn images, every second one kept, batch 6. */
final class TrainRun {
  static final int CLASSES = 10;
  static final int IMAGES = 40;

  final Path folder;
  ImageSource images = DecodedImages.load(new ShapesDataset(IMAGES, 3), 0, Resize.AVERAGE, 1);
  int[] kept = IntStream.range(0, IMAGES).filter(i -> i % 2 == 0).toArray();
  TrainConfig config = config();
  LossWeighting weighting = ClassLossWeights.uniform(CLASSES);
  double dropout = 0.1;
  Guidance guidance = new Guidance(CLASSES, 0.2);
  int[] groups; // null: the labels
  double[] scores; // null: none
  TestNetwork network; // null: a new one for each run
  ScheduleConfig schedule = new ScheduleConfig.Linear(1000, 1e-4, 0.02);
  Parameterization parameterization = Parameterization.EPS;
  Double minSnr; // null: no weights
  TrainingObjective objective; // null: that of the three above
  LongSupplier nanoClock = System::nanoTime;
  UnaryOperator<InputSource> inputs = UnaryOperator.identity();
  UnaryOperator<Curriculum> curriculum = UnaryOperator.identity();
  Compute compute = new Compute(Compute.plainCpu().device(), false, 1, true);
  long seed = 11;
  Trainer trainer;

  TrainRun(Path folder) {
    this.folder = folder;
  }

  /** Four epochs, the last of them on everything: 3 * 4 + 7 = 19 steps. */
  static TrainConfig config() {
    return new TrainConfig(
        4,
        null,
        6,
        null,
        1e-2,
        2,
        AdamConfig.DEFAULT,
        null,
        0.99,
        EmaRule.RAMP,
        1.0,
        null,
        null,
        true,
        0.75,
        TrainConfig.AnnealWeights.OFF,
        TrainConfig.WeightsAs.LOSS,
        new TrainConfig.CheckpointRule(null, null, null),
        3,
        null,
        null);
  }

  TrainRun with(TrainConfig other) {
    config = other;
    return this;
  }

  TrainSet set() {
    if (groups == null && scores != null) {
      return new TrainSet(new Pictures(images), images.labels(), kept, guidance, scores);
    }
    return groups == null
        ? TrainSet.of(images, kept, guidance)
        : new TrainSet(new Pictures(images), groups, kept, guidance, scores);
  }

  Trainer build() {
    trainer =
        new Trainer(
            network == null
                ? new TinyDenoiser(guidance == null ? 0 : CLASSES, dropout, 5)
                : network,
            objective == null
                ? new Objective(parameterization, new NoiseSchedule(schedule), minSnr)
                : objective,
            set(),
            config,
            weighting,
            compute,
            RandomStreams.of(seed),
            new TrainFiles("model", folder.resolve("train-state"), curveFile()),
            new Trainer.Hooks(nanoClock, inputs, curriculum, null));
    return trainer;
  }

  TrainResult run(TrainListener listener) {
    return build().run(listener, () -> false);
  }

  /** Runs in a process of its own, as it were, that is stopped after {@code steps} more steps. */
  void runSteps(int steps) {
    int[] left = {steps};
    try {
      build().run(TrainListener.NONE, () -> left[0]-- == 0);
    } catch (Interrupted e) {
      return;
    }
    throw new IllegalStateException("the run ended before it was stopped");
  }

  /** Names of the threads that make inputs, from now on. */
  Set<String> feeders() {
    Set<String> threads = ConcurrentHashMap.newKeySet();
    inputs =
        source ->
            step -> {
              threads.add(Thread.currentThread().getName());
              return source.at(step);
            };
    return threads;
  }

  Path curveFile() {
    return folder.resolve("curve.jsonl");
  }

  List<Curve.Point> curve() {
    return Curve.read(curveFile()).points();
  }

  /** Content of every file below the checkpoints, by path. */
  Map<String, byte[]> stateFiles() {
    Path state = folder.resolve("train-state");
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(state)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(state.relativize(file).toString(), Files.readAllBytes(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }
}
