package io.winnow.pipeline;

import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.artifact.RunRecord.Stage;
import io.winnow.artifact.RunRecord.State;
import io.winnow.config.OrNull;
import io.winnow.files.ContentHash;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Which stages of a run are up to date. A stage is when it is done, the hashes of its inputs and of
 * its part of the recipe are those of {@code run.json}, and what it wrote still stands as it was.
 */
final class Ledger {
  private static final long SAVE_EVERY_NANOS = 30_000_000_000L;

  private final Path folder;
  private final Path file;
  private final Clock clock;
  private final LongSupplier nanos;
  private final Progress listener;
  private final ContentHash hashes;
  private final @OrNull SharedStore store;
  private final Set<String> seen = new LinkedHashSet<>();
  private RunRecord record;

  private String running;
  private double secondsBefore;
  private long begun;
  private long saved;

  /**
   * @param store of outputs that other runs have made, or will want; null for none
   */
  Ledger(
      RunLayout run,
      RunRecord record,
      Clock clock,
      LongSupplier nanos,
      Progress listener,
      @OrNull SharedStore store) {
    this.store = store;
    this.folder = run.folder();
    this.file = run.record();
    this.record = record;
    this.clock = clock;
    this.nanos = nanos;
    this.listener = listener;
    this.hashes = ContentHash.in(run.folder());
  }

  /**
   * The record of the stages that this process has looked at, in their order. A folder may hold
   * further ones, of what the recipe wanted before.
   */
  RunRecord record() {
    Map<String, Stage> stages = new LinkedHashMap<>();
    seen.forEach(name -> stages.put(name, record.stages().get(name)));
    return new RunRecord(
        record.name(), record.recipeHash(), stages, record.versions(), record.hardware());
  }

  /**
   * Runs a stage unless it is up to date.
   *
   * @return true when it ran
   */
  boolean stage(RunStage stage) {
    String name = stage.id().word();
    Map<String, String> inputs = stage.inputs();
    Stage before = record.stages().get(name);
    seen.add(name);
    boolean same = before != null && same(before.inputs(), inputs);
    boolean done = same && before.state() == State.DONE;
    if (done && outputsStand(before)) {
      listener.note(name + ": up to date");
      return false;
    }
    if (done || !same) {
      if (before != null) {
        String why =
            done ? "its files were changed or removed" : difference(before.inputs(), inputs);
        listener.note(name + ": " + why + "; running it again");
      }
      Map<String, String> earlier = before == null ? Map.of() : before.outputs();
      stage.discard(path -> stands(path, earlier.get(relative(path))));
      before = null;
    }
    begin(name, inputs, before);
    try {
      StageOutcome outcome =
          store == null || !stage.id().shared() ? stage.run() : shared(store, stage, inputs);
      put(State.DONE, hashed(stage), outcome);
      return true;
    } catch (Interrupted e) {
      put(State.INTERRUPTED, null);
      throw e;
    } catch (RuntimeException | Error e) {
      putFailed(e);
      throw e;
    } finally {
      running = null;
    }
  }

  /** Takes what another run has made, with the time that it took there, or makes it for others. */
  private StageOutcome shared(SharedStore from, RunStage stage, Map<String, String> inputs) {
    try (SharedStore.Claim claim = from.claim(stage.id(), inputs)) {
      begun = nanos.getAsLong(); // waiting is no work
      SharedStore.Entry found = claim.take();
      if (found != null) {
        begun = nanos.getAsLong();
        secondsBefore = found.seconds();
        return new StageOutcome(found.images(), found.note(), found.training(), null);
      }
      StageOutcome outcome = stage.run();
      claim.put(
          new SharedStore.Entry(
              inputs,
              hashed(stage),
              seconds(),
              outcome.images(),
              outcome.note(),
              outcome.training()));
      return outcome;
    }
  }

  private Map<String, String> hashed(RunStage stage) {
    Map<String, String> outputs = new TreeMap<>();
    stage.outputs().forEach(path -> outputs.put(relative(path), hashes.hash(path)));
    return outputs;
  }

  /** Working time of the running stage. */
  private double seconds() {
    return secondsBefore + (nanos.getAsLong() - begun) / 1e9;
  }

  /** Saves the running stage's working time now and then, so that a kill loses little of it. */
  void tick() {
    if (running != null && nanos.getAsLong() - saved > SAVE_EVERY_NANOS) {
      put(State.RUNNING, null);
    }
  }

  /** Hash of the content of a file or folder, inside the run's folder or elsewhere. */
  String contents(Path path) {
    return hashes.hash(path);
  }

  /** The output hashes of a stage that is done, by path inside the run folder. */
  Map<String, String> outputs(StageId stage) {
    Stage found = record.stages().get(stage.word());
    return found == null ? Map.of() : found.outputs();
  }

  private void begin(String name, Map<String, String> inputs, Stage before) {
    running = name;
    begun = nanos.getAsLong();
    secondsBefore = before == null || before.state() == State.DONE ? 0 : before.seconds();
    String started = before == null ? clock.instant().toString() : before.started();
    Stage stage = new Stage(State.RUNNING, inputs, Map.of(), secondsBefore, 0, started, null);
    record = record.with(name, stage);
    save();
  }

  private void put(State state, @OrNull String note) {
    put(state, Map.of(), new StageOutcome(0, note));
  }

  private void put(State state, Map<String, String> outputs, StageOutcome outcome) {
    Stage now = record.stages().get(running);
    Stage then =
        new Stage(
            state,
            now.inputs(),
            outputs,
            seconds(),
            outcome.images(),
            now.started(),
            outcome.note(),
            outcome.training(),
            outcome.sampling());
    record = record.with(running, then);
    save();
  }

  /** The failure itself matters more than its record: a full disk may refuse both. */
  private void putFailed(Throwable failure) {
    try {
      put(State.FAILED, failure.getMessage());
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private void save() {
    saved = nanos.getAsLong();
    record.write(file);
  }

  private boolean outputsStand(Stage stage) {
    return stage.outputs().entrySet().stream()
        .allMatch(output -> stands(folder.resolve(output.getKey()), output.getValue()));
  }

  private boolean stands(Path output, @OrNull String hash) {
    return hashes.hash(output).equals(hash);
  }

  private String relative(Path path) {
    return folder.relativize(path).toString().replace('\\', '/');
  }

  /**
   * Whether a stage depends on the same as before. Earlier versions gave the seed to stages that
   * draw nothing as well. All stages of a folder have one seed, so that it tells nothing apart and
   * their work still stands.
   */
  static boolean same(Map<String, String> before, Map<String, String> now) {
    Map<String, String> asked = new LinkedHashMap<>(before);
    if (!now.containsKey(StageInputs.SEED)) {
      asked.remove(StageInputs.SEED);
    }
    return asked.equals(now);
  }

  private static String difference(Map<String, String> before, Map<String, String> now) {
    Map<String, String> changed = new LinkedHashMap<>();
    now.forEach(
        (name, hash) -> {
          if (!hash.equals(before.get(name))) {
            changed.put(name, hash);
          }
        });
    return changed.isEmpty()
        ? "fewer inputs than before"
        : String.join(", ", changed.keySet()) + " changed";
  }
}
