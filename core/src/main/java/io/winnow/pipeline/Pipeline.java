package io.winnow.pipeline;

import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.config.OrNull;
import io.winnow.config.StrictYaml;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * One run of the method in its folder: encode, prune, reference, reweight, train, sample, evaluate.
 * Every stage is skipped while it is up to date and goes on where it was interrupted, so the same
 * call twice does nothing, and the same call after a kill ends in the bytes of an undisturbed one.
 */
public final class Pipeline implements AutoCloseable {
  private final Recipe recipe;
  private final RunLayout layout;
  private final RunFolder home;
  private final Ledger ledger;
  private final Progress listener;
  private final BooleanSupplier stop;
  private final RunData data;
  private final RunStages stages;

  private Pipeline(
      Recipe recipe,
      RunFolder home,
      @OrNull Path store,
      Compute compute,
      Progress listener,
      BooleanSupplier stop,
      Witness witness) {
    this.recipe = recipe;
    this.home = home;
    this.layout = home.layout();
    this.stop = stop;
    this.listener = listener;
    SharedStore shared =
        store == null ? null : new SharedStore(store, layout.folder(), listener, stop);
    this.ledger =
        new Ledger(layout, home.record(), Clock.systemUTC(), System::nanoTime, listener, shared);
    Progress ticking = new TickingProgress(listener, ledger);
    this.data = RunData.open(recipe.dataset(), recipe.seed(), layout, ticking);
    StageInputs inputs =
        new StageInputs(recipe, data.inventory().hash(), ledger::outputs, ledger::contents);
    this.stages = new RunStages(recipe, data, layout, compute, inputs, ticking, stop, witness);
  }

  /**
   * Opens a run: takes its folder, and reads its data set where that is new or has changed.
   *
   * @throws IllegalArgumentException when folder or data cannot be used, saying why
   */
  public static Pipeline open(
      StrictYaml.Resolved<Recipe> resolved, Path folder, Progress listener, BooleanSupplier stop) {
    return open(resolved, folder, null, listener, stop);
  }

  /**
   * Opens a run that shares features, scores, the trained classifier and the reference with others.
   *
   * @param store folder of what is shared, made when it is not there; null for the run's own folder
   * @throws IllegalArgumentException when folder or data cannot be used, saying why
   */
  public static Pipeline open(
      StrictYaml.Resolved<Recipe> resolved,
      Path folder,
      @OrNull Path store,
      Progress listener,
      BooleanSupplier stop) {
    return open(resolved, folder, store, listener, stop, Witness.NONE);
  }

  static Pipeline open(
      StrictYaml.Resolved<Recipe> resolved,
      Path folder,
      Progress listener,
      BooleanSupplier stop,
      Witness witness) {
    return open(resolved, folder, null, listener, stop, witness);
  }

  private static Pipeline open(
      StrictYaml.Resolved<Recipe> resolved,
      Path folder,
      @OrNull Path store,
      Progress listener,
      BooleanSupplier stop,
      Witness witness) {
    Compute compute = Compute.of(resolved.value().compute());
    compute.apply();
    RunFolder home = RunFolder.open(folder, resolved, Hardware.describe(compute.describe()));
    try {
      return new Pipeline(resolved.value(), home, store, compute, listener, stop, witness);
    } catch (RuntimeException e) {
      home.close();
      throw e;
    }
  }

  /**
   * Runs all stages up to one.
   *
   * @throws IllegalArgumentException before the first when one of them would be refused later on
   * @throws Interrupted when a stop was requested; the same call goes on
   */
  public void run(Stage until) {
    List<StageId> plan = RunPlan.of(recipe, until);
    stages.preflight(plan);
    for (StageId id : plan) {
      RunStage stage = stages.stage(id);
      stage.prepare();
      if (stop.getAsBoolean()) {
        throw new Interrupted(id.word());
      }
      ledger.stage(stage);
      if (id == StageId.PRUNE) {
        CoresetDiagnosis.look(layout.folder(), listener);
      }
    }
    if (until == Stage.EVALUATE) {
      speedUps(plan);
    }
  }

  /** Where the stages stand that were asked for, in their order. */
  public RunRecord record() {
    return ledger.record();
  }

  private void speedUps(List<StageId> plan) {
    boolean referenceIsFull =
        recipe.reweight().trainsReference() && recipe.reweight().reference().epochs() == null;
    SpeedUpStage.of(
            ledger.record(),
            plan,
            new SpeedUpStage.Full(stages.imagesOfFullTraining(), referenceIsFull),
            PruneStage.needsFeatures(recipe.prune()))
        .write(layout.speedUps());
  }

  @Override
  public void close() {
    data.close();
    home.close();
  }
}
