package io.winnow.cli;

import io.winnow.config.OrNull;
import io.winnow.forecast.RunCost;
import io.winnow.forecast.StageForecast;
import io.winnow.sweep.SweepForecast;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.stream.Collectors;

/** The forecast of a sweep as tables: by stage and by cell. */
final class SweepForecastTable {
  private final SweepForecast forecast;
  private final PrintWriter out;

  private SweepForecastTable(SweepForecast forecast, PrintWriter out) {
    this.forecast = forecast;
    this.out = out;
  }

  static void print(SweepForecast forecast, PrintWriter out) {
    new SweepForecastTable(forecast, out).print();
  }

  private void print() {
    int open = forecast.cells().stream().mapToInt(cell -> cell.seeds().size()).sum();
    out.printf(Locale.ROOT, "%s: %d runs done, %d to run", forecast.name(), forecast.done(), open);
    if (open == 0) {
      out.println();
      return;
    }
    out.printf(
        Locale.ROOT,
        "; forecast, tried in %s on %s%n",
        ProgressDisplay.clock(forecast.measuringSeconds()),
        forecast.on());
    row("stage", "steps", "images", "time", "memory", "disk", rates("price", "kWh"));
    forecast.all().stages().forEach(this::row);
    out.println();
    row("cell", "seeds", "images", "time", "memory", "disk", rates("price", "kWh"));
    forecast.cells().forEach(cell -> row(cell.cell(), seeds(cell), cell.cost()));
    row("all", "", forecast.all());
    out.println(
        "What runs share counts once, in the first cell that computes it; one run at a time.");
  }

  private static String seeds(SweepForecast.CellCost cell) {
    return cell.seeds().stream().map(String::valueOf).collect(Collectors.joining(" "));
  }

  private void row(StageForecast stage) {
    row(
        stage.stage(),
        ForecastTable.count(stage.units()),
        ForecastTable.count(stage.images()),
        ProgressDisplay.clock(stage.seconds()),
        ForecastTable.bytes(stage.peakBytes()),
        ForecastTable.bytes(stage.diskBytes()),
        rates(stage.price(), stage.kilowattHours()));
  }

  private void row(String name, String seeds, RunCost cost) {
    row(
        name,
        seeds,
        ForecastTable.count(cost.images()),
        ProgressDisplay.clock(cost.seconds()),
        ForecastTable.bytes(cost.peakBytes()),
        ForecastTable.bytes(cost.diskBytes()),
        rates(cost.price(), cost.kilowattHours()));
  }

  private String rates(@OrNull Double price, @OrNull Double kilowattHours) {
    return rates(
        price == null ? "" : String.format(Locale.ROOT, "%.2f", price),
        kilowattHours == null ? "" : String.format(Locale.ROOT, "%.3g", kilowattHours));
  }

  /** The columns of what was given. */
  private String rates(String price, String kilowattHours) {
    return (forecast.all().price() == null ? "" : String.format("%10s", price))
        + (forecast.all().kilowattHours() == null ? "" : String.format("%10s", kilowattHours));
  }

  private void row(Object... cells) {
    out.println(
        String.format(Locale.ROOT, "  %-24s %14s %12s %10s %9s %9s%s", cells).stripTrailing());
  }
}
