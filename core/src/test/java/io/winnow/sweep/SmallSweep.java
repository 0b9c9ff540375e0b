package io.winnow.sweep;

import io.winnow.artifact.Metric;
import io.winnow.artifact.Metrics;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.artifact.SpeedUps;
import io.winnow.config.StrictYaml;
import io.winnow.files.AtomicFile;
import io.winnow.pipeline.MiniRecipe;
import io.winnow.pipeline.PlannedStage;
import io.winnow.pipeline.Recipe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A sweep file over a recipe that takes seconds, and folders of runs made by hand. */
final class SmallSweep {
  private final Path folder;
  private final SweepLayout layout;

  SmallSweep(Path folder) {
    this.folder = folder;
    this.layout = new SweepLayout(folder.resolve("out"));
    AtomicFile.writeString(folder.resolve("mini.yaml"), MiniRecipe.SWEEP);
  }

  SweepLayout layout() {
    return layout;
  }

  Path file() {
    return folder.resolve("sweep.yaml");
  }

  /** Writes and reads a sweep file over the recipe. */
  Sweep read(String rest, String... overrides) {
    AtomicFile.writeString(file(), "name: tiny\nbase: mini.yaml\n" + rest);
    return Sweep.read(file(), List.of(overrides));
  }

  /** Makes the folder of a run that is done, where every stage took a second and saw ten images. */
  void done(Sweep sweep, String cell, long seed, double fd, double... byClass) {
    SweepRun run = new SweepRun(cell, seed);
    RunLayout files = layout.run(run);
    StrictYaml.Resolved<Recipe> recipe = sweep.recipe(run);
    AtomicFile.writeString(files.recipe(), recipe.yaml());
    Map<String, RunRecord.Stage> stages = new LinkedHashMap<>();
    for (PlannedStage stage : PlannedStage.of(recipe.value(), null)) {
      stages.put(
          stage.name(),
          new RunRecord.Stage(
              RunRecord.State.DONE,
              Map.of(),
              Map.of(),
              1,
              10,
              "",
              null,
              stage.name().equals("train") ? training(recipe.value()) : null,
              null));
    }
    new RunRecord(cell, recipe.sha256(), stages, Map.of(), Map.of()).write(files.record());
    metrics(files, fd, byClass);
    speedUps(files, 2 + seed);
  }

  private static RunRecord.Training training(Recipe recipe) {
    RunRecord.Phase phase =
        new RunRecord.Phase("coreset", 10, "images", recipe.train().steps(), false);
    return new RunRecord.Training(List.of(phase), "none", null, 0, 0, null);
  }

  private static void metrics(RunLayout files, double fd, double... byClass) {
    List<Metric> metrics = new ArrayList<>();
    metrics.add(metric(null, fd, null, 2000));
    metrics.add(metric(null, fd / 100, Metric.FLOOR, 2000));
    metrics.add(metric(null, fd * 7, "unweighted", 2000));
    for (int label = 0; label < byClass.length; label++) {
      metrics.add(metric(label, byClass[label], null, 200));
      metrics.add(metric(label, 7 * byClass[label], "unweighted", 200));
    }
    new Metrics(metrics).write(files.metrics());
  }

  private static Metric metric(Integer label, double value, String variant, long n) {
    return new Metric(
        Metric.Kind.FD,
        label,
        label == null ? null : "class" + label,
        value,
        new Metric.Circumstances(
            new Metric.Sets(n, 50_000, "real"),
            new Metric.Extractor("resnet20-cifar", "hash", "none"),
            null,
            0L,
            "float32",
            variant,
            List.of()));
  }

  /** Twice as fast in 10 s, thrice in 10 s for the next seed, and so on. */
  private static void speedUps(RunLayout files, long times) {
    new SpeedUps(
            List.of(
                new SpeedUps.SpeedUp(
                    SpeedUps.Kind.TRAINING_RUN, 10 * times, 10, 100, 10, false, ""),
                new SpeedUps.SpeedUp(SpeedUps.Kind.END_TO_END, 10 * times, 20, 100, 10, true, ""),
                new SpeedUps.SpeedUp(SpeedUps.Kind.EQUAL_STEPS, 10, 10, 10, 10, false, "")))
        .write(files.speedUps());
  }

  /** Writes that a run failed. */
  void failed(String cell, long seed, String reason) {
    AtomicFile.writeString(layout.failure(new SweepRun(cell, seed)), reason + "\nat a place\n");
  }
}
