package io.winnow.compare;

import io.winnow.artifact.Metric;
import io.winnow.artifact.Metrics;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.config.YamlKeys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A finished run, as far as comparing needs it.
 *
 * @param folder as messages name it
 * @param seed of its training
 * @param recipe its keys and their values
 * @param metrics of its own model, in the order of the recipe
 */
record SeedRun(
    Path folder, long seed, Map<String, String> recipe, RunRecord record, List<Metric> metrics) {
  private static final String TRAIN = "train";
  private static final String EVALUATE = "evaluate";

  static boolean isRun(Path folder) {
    return Files.exists(new RunLayout(folder).record());
  }

  /**
   * Reads a run.
   *
   * @throws IllegalArgumentException when it is not finished, or was not evaluated
   */
  static SeedRun read(Path folder) {
    RunLayout layout = new RunLayout(folder);
    RunRecord record = RunRecord.read(layout.record());
    record.stages().forEach((name, stage) -> requireDone(folder, name, stage));
    for (String stage : List.of(TRAIN, EVALUATE)) {
      if (!record.stages().containsKey(stage)) {
        throw unfinished(folder, "stage " + stage + " has not run");
      }
    }
    if (!Files.exists(layout.speedUps())) {
      throw unfinished(folder, "its recipe has changed since, or speed-ups.json is gone");
    }
    if (record.stages().get(TRAIN).training() == null) {
      throw new IllegalArgumentException(
          folder
              + ": run.json does not say how many updates were made, as of a version before;"
              + " expected it for train. Run it again in a new folder.");
    }
    Map<String, String> recipe = YamlKeys.read(layout.recipe());
    List<Metric> metrics =
        Metrics.read(layout.metrics()).metrics().stream()
            .filter(metric -> metric.c().variant() == null)
            .toList();
    return new SeedRun(folder, number(folder, recipe, "seed"), recipe, record, metrics);
  }

  private static void requireDone(Path folder, String name, RunRecord.Stage stage) {
    if (stage.state() != RunRecord.State.DONE) {
      String state = stage.state().name().toLowerCase(Locale.ROOT);
      throw unfinished(folder, "stage " + name + " is " + state);
    }
  }

  private static IllegalArgumentException unfinished(Path folder, String what) {
    return new IllegalArgumentException(
        folder
            + ": not finished ("
            + what
            + "); expected a run with all its metrics. The command that began it goes on with it.");
  }

  private static long number(Path folder, Map<String, String> recipe, String key) {
    try {
      return Long.parseLong(recipe.getOrDefault(key, ""));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          folder + ": " + key + " of recipe.yaml is " + recipe.get(key) + "; expected a number.",
          e);
    }
  }

  /** Optimiser steps of the model's training. */
  long updates() {
    return record.stages().get(TRAIN).training().phases().stream()
        .mapToLong(RunRecord.Phase::updates)
        .sum();
  }

  /** Images per step. */
  long batch() {
    return number(folder, recipe, "train.batch");
  }

  /**
   * What the evaluation depends on, by name: {@code dataset}, {@code images}, {@code reference}.
   */
  String evaluated(String input) {
    return record.stages().get(EVALUATE).inputs().getOrDefault(input, "unknown");
  }
}
