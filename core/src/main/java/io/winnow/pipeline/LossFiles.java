package io.winnow.pipeline;

import io.winnow.artifact.RunLayout;
import io.winnow.data.DatasetConfig;
import io.winnow.data.Inventory;
import io.winnow.files.ContentHash;
import io.winnow.files.Json;
import io.winnow.files.Sha256;
import io.winnow.prune.ImageLosses;
import io.winnow.prune.PruneConfig;
import io.winnow.prune.PruneStep;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Losses of a run's images as its folder keeps them, a file of {@code losses/} for every network
 * and noise level, named by everything that they depend on.
 *
 * @param bf16 whether the networks were asked under bfloat16 autocast
 */
record LossFiles(RunLayout run, Inventory inventory, DatasetConfig dataset, boolean bf16, long seed)
    implements ImageLosses {

  /**
   * Those that a selection looked at.
   *
   * @return empty where one of them is there no more, or its network is another by now
   */
  static Optional<ImageLosses> kept(RunLayout run, Recipe recipe) {
    if (!Files.exists(run.inventory())) {
      return Optional.empty();
    }
    Inventory read = Json.read(run.inventory(), RunData.Stored.class).inventory();
    return Stream.of(false, true)
        .map(bf16 -> new LossFiles(run, read, recipe.dataset(), bf16, recipe.seed()))
        .filter(files -> files.complete(recipe.prune()))
        .<ImageLosses>map(files -> files)
        .findFirst();
  }

  private boolean complete(PruneConfig block) {
    return block.steps().stream()
        .filter(PruneStep.Losses.class::isInstance)
        .map(PruneStep.Losses.class::cast)
        .flatMap(step -> step.models().stream().flatMap(m -> files(m, step.asked()).stream()))
        .allMatch(Files::exists);
  }

  /** Of the noise levels in their order. */
  List<Path> files(String model, int levels) {
    List<Object> parts =
        List.of(
            ContentHash.of(Path.of(model)),
            inventory.hash(),
            String.valueOf(dataset.size()),
            dataset.resize(),
            bf16,
            seed);
    String identity = Sha256.of(Json.string(parts)).substring(0, 16);
    return Stream.iterate(0, k -> k + 1)
        .limit(levels)
        .map(k -> run.losses().resolve(identity + "-" + level(k, levels) + ".npy"))
        .toList();
  }

  /** Of {@code levels} evenly over the forward process, in (0, 1). */
  static double level(int k, int levels) {
    return (k + 0.5) / levels;
  }

  @Override
  public double[][] of(String model, int levels) {
    return read(files(model, levels));
  }

  /** [levels, N]. */
  double[][] read(List<Path> files) {
    return files.stream().map(this::read).toArray(double[][]::new);
  }

  static void write(Path file, double[] losses) {
    try (Scope scope = Scope.open()) {
      Npy.write(file, Tensors.of(losses, losses.length));
    }
  }

  private double[] read(Path file) {
    try (Scope scope = Scope.open()) {
      double[] losses = Tensors.doubles(Npy.read(file));
      for (int i = 0; i < losses.length; i++) {
        if (!Double.isFinite(losses[i])) {
          throw new IllegalArgumentException(
              file
                  + ": the loss of "
                  + inventory.ids().get(i)
                  + " is "
                  + losses[i]
                  + "; expected finite numbers. Was the network trained to the end?");
        }
      }
      return losses;
    }
  }
}
