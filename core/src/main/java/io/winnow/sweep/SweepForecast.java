package io.winnow.sweep;

import io.winnow.config.StrictYaml;
import io.winnow.forecast.Rates;
import io.winnow.forecast.RunCost;
import io.winnow.forecast.StageForecast;
import io.winnow.pipeline.PlannedStage;
import io.winnow.pipeline.Recipe;
import io.winnow.pipeline.RunsForecast;
import io.winnow.task.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * The cost of what is left to do of a sweep, one run after the other. What runs share is counted
 * once, in the first cell that computes it.
 *
 * @param name of the sweep
 * @param on what it was measured on, in words
 * @param measuringSeconds how long measuring took
 * @param done runs that cost nothing
 * @param cells those with runs to do
 * @param all their sum
 */
public record SweepForecast(
    String name, String on, double measuringSeconds, int done, List<CellCost> cells, RunCost all) {

  /**
   * A cell.
   *
   * @param seeds of the runs to do
   * @param cost of all of them
   */
  public record CellCost(String cell, List<Long> seeds, RunCost cost) {}

  /**
   * Tries a little of every kind of work and counts the rest. The sweep's folder is looked at and
   * left as it is.
   *
   * @throws IllegalArgumentException for what runs would be refused for at their start, with all
   *     their cells, before anything is tried
   * @throws io.winnow.task.Interrupted when asked to stop
   */
  public static SweepForecast of(
      Sweep sweep, SweepLayout layout, Rates rates, Progress listener, BooleanSupplier stop) {
    Costs costs = new RunStatuses(sweep, layout).costs();
    List<SweepRun> open = sweep.runs().stream().filter(costs.open()::contains).toList();
    List<Cell> cells = sweep.cells().stream().filter(cell -> !seeds(cell, open).isEmpty()).toList();
    List<StrictYaml.Resolved<Recipe>> recipes =
        cells.stream()
            .map(cell -> sweep.recipe(new SweepRun(cell.label(), seeds(cell, open).get(0))))
            .toList();
    RunsForecast.Found found = RunsForecast.of(recipes, rates, listener, stop);
    List<CellCost> all = new ArrayList<>();
    for (int i = 0; i < cells.size(); i++) {
      List<Long> seeds = seeds(cells.get(i), open);
      all.add(cell(cells.get(i).label(), seeds, found.costs().get(i), costs, rates));
    }
    return new SweepForecast(
        sweep.name(),
        found.on(),
        found.measuringSeconds(),
        sweep.runs().size() - open.size(),
        List.copyOf(all),
        RunCost.ofAll(
            0, all.stream().flatMap(cell -> cell.cost().stages().stream()).toList(), rates));
  }

  private static List<Long> seeds(Cell cell, List<SweepRun> open) {
    return cell.seeds().stream()
        .filter(seed -> open.contains(new SweepRun(cell.label(), seed)))
        .toList();
  }

  /** Of every run the stages that it will compute itself. */
  private static CellCost cell(
      String label, List<Long> seeds, RunCost whole, Costs costs, Rates rates) {
    List<StageForecast> stages = new ArrayList<>();
    for (long seed : seeds) {
      Set<String> own =
          costs.of(new SweepRun(label, seed)).stream()
              .map(PlannedStage::name)
              .collect(Collectors.toSet());
      own.add(RunsForecast.READING);
      whole.stages().stream().filter(stage -> own.contains(stage.stage())).forEach(stages::add);
    }
    return new CellCost(label, seeds, RunCost.ofAll(whole.trained(), stages, rates));
  }
}
