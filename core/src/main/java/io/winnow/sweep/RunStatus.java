package io.winnow.sweep;

import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.config.ConfigException;
import io.winnow.config.OrNull;
import io.winnow.config.StrictYaml;
import io.winnow.files.FileFailure;
import io.winnow.pipeline.PlannedStage;
import io.winnow.pipeline.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where a run of a sweep stands, told from its folder alone.
 *
 * @param recipe of the run
 * @param plan its stages
 * @param record of what was done; null where nothing was
 * @param reason why it failed; null where it did not
 */
record RunStatus(
    SweepRun run,
    Recipe recipe,
    List<PlannedStage> plan,
    State state,
    @OrNull RunRecord record,
    @OrNull String reason) {

  /** Where it stands. */
  enum State {
    /** Nothing is there yet. */
    MISSING,
    /** Some of its stages are done. */
    BEGUN,
    /** Everything is there. */
    DONE,
    /** It ended with a failure. */
    FAILED,
    /** What is there was made with other settings. */
    OUTDATED
  }

  /**
   * Looks at a run's folder.
   *
   * @param failure where it is written why it failed, if it did
   */
  static RunStatus of(
      SweepRun run, Recipe recipe, List<PlannedStage> plan, RunLayout files, Path failure) {
    RunRecord record = Files.exists(files.record()) ? RunRecord.read(files.record()) : null;
    State state = state(recipe, plan, record, files);
    if (state == State.DONE || !Files.exists(failure)) {
      return new RunStatus(run, recipe, plan, state, record, null);
    }
    return new RunStatus(run, recipe, plan, State.FAILED, record, firstLine(failure));
  }

  private static State state(
      Recipe recipe, List<PlannedStage> plan, @OrNull RunRecord record, RunLayout files) {
    if (record == null) {
      return State.MISSING;
    }
    if (!sameRecipe(recipe, files.recipe())) {
      return State.OUTDATED;
    }
    boolean done = plan.stream().allMatch(stage -> done(record, stage.name()));
    return done && Files.exists(files.metrics()) && Files.exists(files.speedUps())
        ? State.DONE
        : State.BEGUN;
  }

  /** What it computes on decides nothing. */
  private static boolean sameRecipe(Recipe recipe, Path file) {
    try {
      Recipe there = StrictYaml.read(Recipe.class, "", file, List.of()).value();
      return there.equals(recipe.on(there.compute()));
    } catch (ConfigException e) {
      return false; // of another version
    }
  }

  private static boolean done(RunRecord record, String stage) {
    RunRecord.Stage found = record.stages().get(stage);
    return found != null && found.state() == RunRecord.State.DONE;
  }

  /** Whether a stage is done. */
  boolean done(PlannedStage stage) {
    return record != null && state != State.OUTDATED && done(record, stage.name());
  }

  static String firstLine(Path file) {
    try {
      return Files.readString(file).lines().findFirst().orElse("");
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }
}
