package io.winnow.artifact;

import io.winnow.config.OrNull;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
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
   */
  public record Stage(
      State state,
      Map<String, String> inputs,
      Map<String, String> outputs,
      double seconds,
      long images,
      String started,
      @OrNull String note) {
    public Stage {
      inputs = copy(inputs);
      outputs = copy(outputs);
    }

    /** In the order given, which the file keeps. */
    private static Map<String, String> copy(Map<String, String> map) {
      return Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }
  }

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
