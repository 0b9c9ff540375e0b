package io.winnow.pipeline;

import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.RunLayout;
import io.winnow.config.OrNull;
import io.winnow.config.StrictYaml;
import io.winnow.forecast.Forecast;
import io.winnow.forecast.Rates;
import io.winnow.forecast.StageForecast.State;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Says what a run will cost before it runs: a little of every stage that it has yet to run is tried
 * here, and the work of each is counted. The run's folder is looked at and left as it is.
 */
public final class RunForecast implements AutoCloseable {
  private final Recipe recipe;
  private final Recipe full;
  private final RunLayout run;
  private final Rates rates;
  private final Compute compute;
  private final Rehearsal rehearsal;
  private final RunData data;
  private final boolean inventoried;
  private final Standing standing;

  private RunForecast(
      StrictYaml.Resolved<Recipe> resolved,
      Path folder,
      @OrNull Path store,
      Rates rates,
      Progress listener,
      BooleanSupplier stop) {
    this.recipe = resolved.value();
    this.run = new RunLayout(folder);
    this.rates = rates;
    this.compute = Compute.of(recipe.compute());
    compute.apply();
    this.rehearsal = new Rehearsal(resolved, compute, listener, stop);
    try {
      this.full = rehearsal.full();
      RunData known = RunData.known(recipe.dataset(), recipe.seed(), run);
      this.inventoried = known != null;
      this.data = known != null ? known : unknown(store, listener);
      List<StageId> plan = RunPlan.of(recipe, Stage.EVALUATE);
      boolean identified = known != null || store != null;
      this.standing = Standing.of(recipe, run, store, identified ? data : null, compute, plan);
    } catch (RuntimeException e) {
      rehearsal.close();
      throw e;
    }
  }

  /** What a store has is told by the content of the images, which has to be read for it. */
  private RunData unknown(@OrNull Path store, Progress listener) {
    return store == null
        ? RunData.unread(recipe.dataset(), recipe.seed())
        : RunData.open(recipe.dataset(), recipe.seed(), rehearsal.layout(), listener);
  }

  /**
   * Forecasts.
   *
   * @param folder of the run, which need not be there
   * @param store of what several runs share; null for none
   * @param stop of the user
   * @throws IllegalArgumentException for what the run itself would refuse at its start
   * @throws io.winnow.task.Interrupted when asked to stop
   */
  public static Forecast of(
      StrictYaml.Resolved<Recipe> resolved,
      Path folder,
      @OrNull Path store,
      Rates rates,
      Progress listener,
      BooleanSupplier stop) {
    try (RunForecast forecast = new RunForecast(resolved, folder, store, rates, listener, stop)) {
      return forecast.forecast();
    }
  }

  private Forecast forecast() {
    long began = System.nanoTime();
    StageProbes probes = new StageProbes(recipe, rehearsal, data, standing, compute);
    probes.run();
    double took = (System.nanoTime() - began) / 1e9;
    RunCosting costing = new RunCosting(data, rehearsal.layout(), probes, inventoried, rates);
    return new Forecast(
        recipe.name(),
        compute.describe(),
        took,
        data.size(),
        costing.of(recipe, kept(), standing::state, probes::of),
        costing.of(full, data.size(), this::stateOfFull, probes::ofFull),
        probes.microBatch());
  }

  /** What the run on all images shares with the recipe's stands for both; they may be one. */
  private State stateOfFull(StageId id) {
    return id.shared() || full.equals(recipe) ? standing.state(id) : State.TO_RUN;
  }

  /** Images of the coreset: of the run's own, or as many as the ratio says. */
  private int kept() {
    return standing.state(StageId.PRUNE) == State.DONE
        ? CoresetFiles.read(run.folder()).kept().length
        : SelectionProbe.kept(recipe.prune(), data.labels(), recipe.seed());
  }

  @Override
  public void close() {
    data.close();
    rehearsal.close();
  }
}
