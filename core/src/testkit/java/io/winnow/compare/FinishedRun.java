package io.winnow.compare;

import io.winnow.artifact.Metric;
import io.winnow.artifact.Metrics;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.artifact.SpeedUps;
import io.winnow.files.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The files of a finished run that comparing reads, with anything about them changed. */
public final class FinishedRun {
  private final Map<String, String> recipe = new LinkedHashMap<>();
  private final Map<String, RunRecord.State> stages = new LinkedHashMap<>();
  private final List<Metric> metrics = new ArrayList<>();
  private String data = "data";
  private String reference = "none";
  private String encoder = "0123";
  private String variant;
  private long updates = 100;
  private long n = 2000;
  private long samplingSeed;

  private FinishedRun(long seed) {
    this.samplingSeed = seed;
    recipe.put("name", "run-" + seed);
    recipe.put("seed", Long.toString(seed));
    recipe.put("train.batch", "32");
    stages.put("train", RunRecord.State.DONE);
    stages.put("evaluate", RunRecord.State.DONE);
  }

  public static FinishedRun of(long seed) {
    return new FinishedRun(seed);
  }

  /** A key of the recipe: {@code section.key}. */
  public FinishedRun set(String key, String value) {
    recipe.put(key, value);
    return this;
  }

  public FinishedRun data(String hash) {
    data = hash;
    return this;
  }

  public FinishedRun reference(String hash) {
    reference = hash;
    return this;
  }

  public FinishedRun updates(long count) {
    updates = count;
    return this;
  }

  public FinishedRun stage(String name, RunRecord.State state) {
    stages.put(name, state);
    return this;
  }

  public FinishedRun without(String stage) {
    stages.remove(stage);
    return this;
  }

  /** Of the metrics to come. */
  public FinishedRun encoder(String hash) {
    encoder = hash;
    return this;
  }

  /** Samples of the metrics to come. */
  public FinishedRun n(long count) {
    n = count;
    return this;
  }

  /** Of the metrics to come. */
  public FinishedRun samplingSeed(long of) {
    samplingSeed = of;
    return this;
  }

  /** Of the metrics to come; null for the run's own model. */
  public FinishedRun variant(String name) {
    variant = name;
    return this;
  }

  /** A pooled Frechet distance. */
  public FinishedRun fd(double value) {
    return metric(Metric.Kind.FD, null, value);
  }

  /** One per class. */
  public FinishedRun classFd(double... values) {
    for (int k = 0; k < values.length; k++) {
      metric(Metric.Kind.FD, k, values[k]);
    }
    return this;
  }

  public FinishedRun metric(Metric.Kind kind, Integer label, double value) {
    String name = label == null ? null : "class" + label;
    Metric.Circumstances c =
        new Metric.Circumstances(
            new Metric.Sets(n, 5000, "train of " + data),
            new Metric.Extractor("net", encoder, "resize"),
            null,
            samplingSeed,
            "float32",
            variant,
            List.of());
    metrics.add(new Metric(kind, label, name, value, c));
    return this;
  }

  /** Writes the folder. */
  public Path write(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    RunLayout layout = new RunLayout(folder);
    Map<String, RunRecord.Stage> all = new LinkedHashMap<>();
    stages.forEach((name, state) -> all.put(name, written(name, state)));
    new RunRecord("run", "hash", all, Map.of("winnow", "1"), Map.of()).write(layout.record());
    AtomicFile.writeString(layout.recipe(), yaml());
    new Metrics(metrics).write(layout.metrics());
    new SpeedUps(List.of()).write(layout.speedUps());
    return folder;
  }

  private RunRecord.Stage written(String name, RunRecord.State state) {
    RunRecord.Training training =
        new RunRecord.Training(
            List.of(new RunRecord.Phase("coreset", 10, "ids", updates, false)),
            "loss",
            null,
            0,
            0,
            null);
    return new RunRecord.Stage(
        state,
        Map.of("dataset", data, "images", "0", "reference", reference),
        Map.of(),
        1,
        1,
        "now",
        null,
        name.equals("train") ? training : null,
        null);
  }

  private String yaml() {
    StringBuilder text = new StringBuilder();
    recipe.forEach(
        (key, value) -> {
          if (!key.contains(".")) {
            text.append(key).append(": ").append(value).append('\n');
          }
        });
    Map<String, StringBuilder> sections = new LinkedHashMap<>();
    recipe.forEach(
        (key, value) -> {
          int dot = key.indexOf('.');
          if (dot > 0) {
            sections
                .computeIfAbsent(key.substring(0, dot), k -> new StringBuilder())
                .append("  ")
                .append(key.substring(dot + 1))
                .append(": ")
                .append(value)
                .append('\n');
          }
        });
    sections.forEach((name, body) -> text.append(name).append(":\n").append(body));
    return text.toString();
  }
}
