package io.winnow.pipeline;

import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.config.OrNull;
import io.winnow.files.ContentHash;
import io.winnow.forecast.StageForecast.State;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Which stages of a run need not run: those up to date in its folder, and those whose outputs a
 * store has. Nothing is written, in neither of them.
 */
final class Standing {
  private final RunLayout run;
  private final @OrNull Path store;
  private final ContentHash hashes;
  private final Map<String, RunRecord.Stage> record;
  private final Map<StageId, Found> found = new EnumMap<>(StageId.class);

  /**
   * A stage that need not run.
   *
   * @param folder that its outputs stand in, under the names of a run
   * @param outputs their hashes, by those names
   */
  private record Found(State state, Path folder, Map<String, String> outputs) {}

  private Standing(RunLayout run, @OrNull Path store) {
    this.run = run;
    this.store = store;
    this.hashes = ContentHash.readingIn(run.folder());
    this.record = Files.exists(run.record()) ? RunRecord.read(run.record()).stages() : Map.of();
  }

  /**
   * Looks.
   *
   * @param data as the run has read it; null where it has not, so that nothing stands
   * @throws IllegalArgumentException when the folder is that of another run
   */
  static Standing of(
      Recipe recipe,
      RunLayout run,
      @OrNull Path store,
      @OrNull RunData data,
      Compute compute,
      List<StageId> plan) {
    Standing standing = new Standing(run, store);
    if (!standing.record.isEmpty()) {
      RunFolder.requireSameRun(run, recipe);
    }
    if (data != null) {
      StageInputs inputs =
          new StageInputs(
              recipe,
              data.inventory().hash(),
              id -> standing.found.containsKey(id) ? standing.found.get(id).outputs() : Map.of(),
              standing::contents);
      RunStages stages =
          new RunStages(
              recipe, data, run, compute, inputs, Progress.SILENT, () -> false, Witness.NONE);
      plan.stream()
          .filter(id -> plan.stream().noneMatch(b -> standing.missing(b, id)))
          .forEach(id -> standing.look(stages, id));
    }
    return standing;
  }

  /** Whether a stage takes what another one has yet to make. */
  private boolean missing(StageId before, StageId id) {
    return RunPlan.before(id).contains(before) && !found.containsKey(before);
  }

  private void look(RunStages stages, StageId id) {
    RunRecord.Stage before = record.get(id.word());
    boolean done = before != null && before.state() == RunRecord.State.DONE;
    boolean storable = store != null && id.shared() && id != StageId.JUDGE; // its images are unread
    if (!done && !storable) {
      return; // its inputs may be in files that are not there
    }
    Map<String, String> inputs = stages.stage(id).inputs();
    if (done && Ledger.same(before.inputs(), inputs) && stands(before)) {
      found.put(id, new Found(State.DONE, run.folder(), before.outputs()));
    } else if (storable) {
      Path entry = SharedStore.place(store, id, inputs);
      SharedStore.Entry kept = SharedStore.read(entry);
      if (kept != null) {
        found.put(id, new Found(State.STORED, entry, kept.outputs()));
      }
    }
  }

  private boolean stands(RunRecord.Stage stage) {
    return stage.outputs().entrySet().stream()
        .allMatch(o -> hashes.hash(run.folder().resolve(o.getKey())).equals(o.getValue()));
  }

  /** Hash of a file or folder; of one that the run would take from the store, its hash there. */
  private String contents(Path path) {
    for (Found stage : found.values()) {
      for (Map.Entry<String, String> output : stage.outputs().entrySet()) {
        if (run.folder().resolve(output.getKey()).equals(path)) {
          return output.getValue();
        }
      }
    }
    return hashes.hash(path);
  }

  /** Where a stage stands. */
  State state(StageId id) {
    return found.containsKey(id) ? found.get(id).state() : State.TO_RUN;
  }

  /** The folder whose files, named as those of a run, are the outputs of a stage; null for none. */
  @OrNull
  RunLayout outputs(StageId id) {
    return found.containsKey(id) ? new RunLayout(found.get(id).folder()) : null;
  }
}
