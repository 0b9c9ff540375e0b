package io.winnow.pipeline;

import io.winnow.artifact.CoresetFiles;
import io.winnow.artifact.RunLayout;
import io.winnow.config.OrNull;
import io.winnow.config.StrictYaml;
import io.winnow.data.Dataset;
import io.winnow.evaluate.MetricKind;
import io.winnow.forecast.Forecast;
import io.winnow.forecast.Rates;
import io.winnow.forecast.RunCost;
import io.winnow.forecast.StageForecast;
import io.winnow.forecast.StageForecast.State;
import io.winnow.forecast.Work;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Says what a run will cost before it runs: a little of every stage that it has yet to run is tried
 * here, and the work of each is counted. The run's folder is looked at and left as it is.
 */
public final class RunForecast implements AutoCloseable {
  /** Before the first stage: every image is read, and decoded for the training. */
  private static final String READING = "read images";

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
    Measured reading = new ReadingProbe(data).measure(!inventoried, probes.few().heldBytes());
    StageForecast read = reading.forecast(READING, Work.NONE, rates);
    return new Forecast(
        recipe.name(),
        compute.describe(),
        took,
        data.size(),
        cost(recipe, kept(), read, probes),
        cost(full, data.size(), read, probes),
        probes.microBatch());
  }

  /** Images of the coreset: of the run's own, or as many as the ratio says. */
  private int kept() {
    return standing.state(StageId.PRUNE) == State.DONE
        ? CoresetFiles.read(run.folder()).kept().length
        : SelectionProbe.kept(recipe.prune(), data.labels(), recipe.seed());
  }

  private RunCost cost(Recipe of, int kept, StageForecast read, StageProbes probes) {
    StageWork work = new StageWork(of, data.size(), kept, data.classCount());
    List<StageForecast> stages = new ArrayList<>(List.of(read));
    boolean asked = of.equals(recipe);
    for (StageId id : RunPlan.of(of, Stage.EVALUATE)) {
      State state = asked || id.shared() ? standing.state(id) : State.TO_RUN;
      if (state != State.TO_RUN) {
        stages.add(StageForecast.free(id.word(), state));
      } else if (id == StageId.EVALUATE) {
        Measured evaluation = probes.evaluation(evaluated(of, kept));
        stages.add(evaluation.forecast(id.word(), work.of(id), rates));
      } else {
        Measured measured = asked ? probes.of(id) : probes.ofFull(id);
        stages.add(measured.forecast(id.word(), work.of(id), rates));
      }
    }
    return RunCost.of(kept, stages, rates);
  }

  private EvaluateWork evaluated(Recipe of, int kept) {
    boolean memorises = of.evaluate().metrics().contains(MetricKind.MEMORISATION);
    return new EvaluateWork(
        of,
        data.size(),
        memorises ? heldOut(of) : 0,
        size(OtherImages.openReference(of)),
        of.train().anneal() == null ? kept : data.size(),
        RunPlan.hasBaseline(of) ? 2 : 1);
  }

  private int heldOut(Recipe of) {
    try {
      return size(OtherImages.heldOut(of, rehearsal.layout()).open());
    } catch (IllegalArgumentException e) {
      return 0; // no such split: measured without
    }
  }

  private static int size(@OrNull Dataset dataset) {
    try (dataset) {
      return dataset == null ? 0 : dataset.size();
    }
  }

  @Override
  public void close() {
    data.close();
    rehearsal.close();
  }
}
