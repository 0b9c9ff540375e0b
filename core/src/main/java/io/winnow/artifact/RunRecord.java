package io.winnow.artifact;

import io.winnow.config.OrNull;
import io.winnow.files.Json;
import io.winnow.files.Sha256;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code run.json}: what was done, from what, on which machine, and how long it took.
 *
 * @param name the run's name
 * @param recipeHash hash of the resolved recipe
 * @param stages by name, sorted
 * @param versions of Winnow, Java and the engine
 * @param hardware in words: processor, cores, memory, accelerator
 */
public record RunRecord(
    String name,
    String recipeHash,
    Map<String, Stage> stages,
    Map<String, String> versions,
    Map<String, String> hardware) {

  /** Where a stage stands. */
  public enum State {
    RUNNING,
    DONE,
    FAILED,
    INTERRUPTED
  }

  /**
   * One stage.
   *
   * @param inputs name to hash of everything that it depends on, its part of the recipe included
   * @param outputs path inside the run folder to hash
   * @param seconds working time, summed over resumed attempts
   * @param images images that went through it: training samples, encoded or generated images
   * @param started ISO 8601 time of the first attempt
   * @param note what the user should know, null when there is nothing
   * @param training what was trained on what; null where nothing was
   * @param sampling what was drawn from what; null where nothing was
   */
  public record Stage(
      State state,
      Map<String, String> inputs,
      Map<String, String> outputs,
      double seconds,
      long images,
      String started,
      @OrNull String note,
      @OrNull Training training,
      @OrNull Sampling sampling) {
    /** A stage that trains nothing and draws nothing. */
    public Stage(
        State state,
        Map<String, String> inputs,
        Map<String, String> outputs,
        double seconds,
        long images,
        String started,
        @OrNull String note) {
      this(state, inputs, outputs, seconds, images, started, note, null, null);
    }

    public Stage {
      inputs = copy(inputs);
      outputs = copy(outputs);
    }

    /** In the order given, which the file keeps. */
    private static Map<String, String> copy(Map<String, String> map) {
      return Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }
  }

  /**
   * One training of a denoising network.
   *
   * @param phases in their order
   * @param weighting {@code loss}, {@code sampling} or, of the proxy, {@code learnt}: how weights
   *     per class enter
   * @param weights their range; null where a class's weight depends on the step
   * @param labelDropout share of the labels that are hidden
   * @param stream what the random streams of this training begin with
   * @param reference what the losses were compared with; null where with nothing
   */
  public record Training(
      List<Phase> phases,
      String weighting,
      @OrNull Range weights,
      double labelDropout,
      long stream,
      @OrNull Reference reference) {
    public Training {
      phases = List.copyOf(phases);
    }

    /** The same, compared with a reference by learnt weights. */
    public Training comparedWith(@OrNull Reference with, Range learnt) {
      return new Training(phases, weighting, learnt, labelDropout, stream, with);
    }
  }

  /**
   * A stretch of a training over one set of images.
   *
   * @param name {@code coreset} or {@code full}
   * @param images how many
   * @param sha256 of their ids, each with a line feed, in the order of the data set: that of {@code
   *     coreset/kept.txt} where they are the coreset
   * @param updates optimiser steps
   * @param weighted whether weights per class are on
   */
  public record Phase(String name, int images, String sha256, long updates, boolean weighted) {}

  /**
   * Weights per class, of the classes that have images.
   *
   * @param sha256 of all of them as JSON
   */
  public record Range(double smallest, double largest, String sha256) {
    /** Of weights in label order, NaN where a class has no images. */
    public static Range of(double[] weights) {
      DoubleSummaryStatistics known =
          Arrays.stream(weights).filter(w -> !Double.isNaN(w)).summaryStatistics();
      return new Range(known.getMin(), known.getMax(), Sha256.of(Json.string(weights)));
    }
  }

  /**
   * A frozen network.
   *
   * @param sha256 of its folder's content, as stages hash it
   * @param mode {@code eval} or {@code train}: whether its dropout was off
   * @param compared which part of the losses, in words; null in the records of earlier versions
   */
  public record Reference(String sha256, String mode, @OrNull String compared) {}

  /**
   * A set of samples.
   *
   * @param weights {@code ema} or {@code raw}
   * @param sha256 of the file of these weights
   * @param mode {@code eval} or {@code train}: whether the network's dropout was off
   * @param guidanceWeight w of (1 + w) cond - w uncond
   * @param nullClass the label that stands for none; of no meaning where there are no classes
   * @param byClass how many were drawn of each class; empty for an unconditional network
   */
  public record Sampling(
      String weights,
      String sha256,
      String mode,
      double guidanceWeight,
      int nullClass,
      Map<String, Integer> byClass) {}

  /** The same record with one stage replaced or added. */
  public RunRecord with(String stage, Stage value) {
    Map<String, Stage> changed = new LinkedHashMap<>(stages);
    changed.put(stage, value);
    return new RunRecord(name, recipeHash, changed, versions, hardware);
  }

  /** Reads {@code run.json}. */
  public static RunRecord read(Path file) {
    return Json.read(file, RunRecord.class);
  }

  /** Writes {@code run.json}, atomically. */
  public void write(Path file) {
    Json.write(file, this);
  }
}
