package io.winnow.pipeline;

import io.winnow.artifact.RunLayout;
import io.winnow.config.OrNull;
import io.winnow.data.ImageSource;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.Objectives;
import io.winnow.diffusion.TrainingObjective;
import io.winnow.model.ModelFolder;
import io.winnow.prune.ImageLosses;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import io.winnow.train.Guidance;
import io.winnow.train.LevelLosses;
import io.winnow.train.Pictures;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * Losses of a run's images under trained networks. Those of a level are kept in {@link LossFiles},
 * so that another ratio needs no new ones and a stopped run goes on at the next level.
 */
final class CheckpointLosses implements ImageLosses {
  private final RunData data;
  private final Compute compute;
  private final long seed;
  private final LossFiles kept;
  private final Progress listener;
  private final BooleanSupplier stop;

  CheckpointLosses(
      RunData data,
      RunLayout run,
      Compute compute,
      long seed,
      Progress listener,
      BooleanSupplier stop) {
    this.data = data;
    this.compute = compute;
    this.seed = seed;
    this.kept = new LossFiles(run, data.inventory(), data.config(), compute.bf16(), seed);
    this.listener = listener;
    this.stop = stop;
  }

  @Override
  public double[][] of(String model, int levels) {
    List<Path> files = kept.files(model, levels);
    int[] missing = IntStream.range(0, levels).filter(k -> !Files.exists(files.get(k))).toArray();
    if (missing.length > 0) {
      try (Asked asked = open(Path.of(model))) {
        for (int k : missing) {
          LossFiles.write(files.get(k), ask(asked, LossFiles.level(k, levels)));
        }
      }
    }
    return kept.read(files);
  }

  /** A network and how it is asked. */
  private record Asked(DenoisingNetwork network, TrainingObjective objective, @OrNull Guidance told)
      implements AutoCloseable {
    @Override
    public void close() {
      network.close();
    }
  }

  private Asked open(Path folder) {
    ModelFolder read = ModelFolder.read(folder);
    try {
      requireFits(read, folder);
    } catch (RuntimeException e) {
      read.close();
      throw e;
    }
    DenoisingNetwork network = read.network();
    compute.place(network);
    network.train(false);
    return new Asked(
        network,
        Objectives.of(read.scheduler(), network, null),
        network.classEmbeddings() == null ? null : new Guidance(data.classCount(), 0));
  }

  private void requireFits(ModelFolder read, Path folder) {
    if (read.vae() != null || read.prompts() != null) {
      throw new IllegalArgumentException(
          refused(folder, "a network on latents", "one on images, as the selection comes first"));
    }
    DenoisingNetwork network = read.network();
    ImageSource images = data.images();
    Integer height = network.imageHeight();
    if (height != null && (height != images.height() || network.imageWidth() != images.width())) {
      String side = height + " x " + network.imageWidth();
      throw new IllegalArgumentException(
          refused(
              folder, "a network on images of " + side, images.height() + " x " + images.width()));
    }
    Integer classes = network.classEmbeddings();
    if (classes != null && classes != data.classCount() + 1) {
      throw new IllegalArgumentException(
          refused(
              folder,
              "a network that is told " + (classes - 1) + " classes",
              "the " + data.classCount() + " of the data set"));
    }
  }

  private static String refused(Path folder, String is, String expected) {
    return "prune.steps: "
        + folder
        + " is "
        + is
        + "; expected "
        + expected
        + ". Name another model.";
  }

  private double[] ask(Asked asked, double level) {
    compute.apply();
    LevelLosses asking =
        new LevelLosses(new Pictures(data.images()), asked.told(), compute, RandomStreams.of(seed));
    listener.begin("losses", "images", data.size(), 0);
    try {
      return asking.of(
          asked.network(),
          asked.objective(),
          level,
          done -> {
            if (stop.getAsBoolean()) {
              throw new Interrupted("losses");
            }
            listener.step(done, "noise level " + level);
          });
    } finally {
      listener.end();
    }
  }
}
