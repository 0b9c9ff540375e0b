package io.winnow.pipeline;

import io.winnow.artifact.RunLayout;
import io.winnow.config.StrictYaml;
import io.winnow.files.AtomicFile;
import io.winnow.files.FileFailure;
import io.winnow.files.Json;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Tries stages of a recipe in a temporary folder, on a few of its images or for a few pieces of
 * their work: the stages of the run itself, with other lengths.
 */
final class Rehearsal implements AutoCloseable {
  /** What holds for every stage that is tried, beside the recipe: no lengths of its own. */
  private static final List<String> ALWAYS =
      List.of(
          "prune.method=uniform",
          "prune.ratio=1",
          "prune.steps=null",
          "train.epochs=null",
          "train.steps=1",
          "train.anneal=null",
          "train.dataWarmup=null",
          "train.checkpoint={seconds: null, steps: null, epochs: null}",
          "reweight.proxy.epochs=null",
          "reweight.reference.epochs=null",
          "evaluate.heldOut=\"\"");

  private final Path folder;
  private final Path recipe;
  private final RunLayout layout;
  private final Compute compute;
  private final Progress listener;
  private final BooleanSupplier stop;
  private final List<String> always = new ArrayList<>(ALWAYS);

  /**
   * A stage that was tried.
   *
   * @param seconds from its beginning to its end
   * @param tasks what it told of its work, by the names of its tasks
   * @param peakBytes most memory at once
   */
  record Tried(double seconds, Map<String, Watch.Task> tasks, long peakBytes) {
    Watch.Task task(String name) {
      Watch.Task found = tasks.get(name);
      if (found == null) {
        throw new IllegalStateException("no task " + name + " among " + tasks.keySet());
      }
      return found;
    }
  }

  /**
   * @param listener hears which stage is tried
   * @param stop of the user
   */
  Rehearsal(
      StrictYaml.Resolved<Recipe> resolved,
      Compute compute,
      Progress listener,
      BooleanSupplier stop) {
    this.compute = compute;
    this.listener = listener;
    this.stop = stop;
    try {
      this.folder = Files.createTempDirectory("winnow-plan");
    } catch (IOException e) {
      throw new UncheckedIOException("no temporary folder (" + FileFailure.reason(e) + ")", e);
    }
    this.layout = new RunLayout(folder.resolve("run"));
    this.recipe = folder.resolve("recipe.yaml");
    AtomicFile.writeString(recipe, resolved.yaml());
    if (compute.cuda()) {
      always.add("train.reportSteps=1"); // the device is waited for at reports alone
    }
  }

  /** Where the stages that are tried leave their outputs. */
  RunLayout layout() {
    return layout;
  }

  /** Names a file or folder in every stage that is tried from now on. */
  void always(String key, Path value) {
    always.add(key + "=" + Json.string(value.toAbsolutePath().toString()));
  }

  /** The recipe on all images: no selection, no class weights, every image visited alike. */
  Recipe full() {
    List<String> overrides =
        List.of(
            "prune.method=uniform",
            "prune.ratio=1",
            "prune.steps=null",
            "reweight.enabled=false",
            "train.anneal=null",
            "train.infobatch=null",
            "train.dataWarmup=null");
    return Recipe.read(recipe, overrides).value();
  }

  private RunStages stages(Recipe of, RunData data, Watch watch) {
    StageInputs none = new StageInputs(of, "", stage -> Map.of(), path -> "");
    return new RunStages(of, data, layout, compute, none, watch, watch, Witness.NONE);
  }

  /**
   * Tries a stage from the beginning.
   *
   * @param limit after which it is stopped, where it asks
   * @param overrides of the recipe, as {@code --set} has them
   * @throws Interrupted when the user asks to stop
   */
  Tried run(StageId id, RunData data, Watch.Limit limit, String... overrides) {
    List<String> all = new ArrayList<>(always);
    all.addAll(List.of(overrides));
    Watch watch = new Watch(System::nanoTime, limit, stop);
    RunStage stage = stages(Recipe.read(recipe, all).value(), data, watch).stage(id);
    stage.discard();
    listener.note("trying: " + id.word());
    compute.resetPeak();
    long began = System.nanoTime();
    try {
      stage.run();
    } catch (Interrupted e) {
      if (stop.getAsBoolean()) {
        throw e;
      }
    }
    double took = (System.nanoTime() - began) / 1e9;
    return new Tried(took, watch.tasks(), compute.peakBytes());
  }

  /** Bytes of a file, or of all files below a folder; 0 where there is none. */
  static long bytes(Path path) {
    if (!Files.exists(path)) {
      return 0;
    }
    try (Stream<Path> files = Files.walk(path)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException e) {
      throw FileFailure.unreadable(path, e);
    }
  }

  /** Removes everything. */
  @Override
  public void close() {
    Leftovers.delete(folder);
  }
}
