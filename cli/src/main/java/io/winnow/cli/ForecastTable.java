package io.winnow.cli;

import io.winnow.config.OrNull;
import io.winnow.forecast.Forecast;
import io.winnow.forecast.MicroBatch;
import io.winnow.forecast.RunCost;
import io.winnow.forecast.StageForecast;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** A forecast as a table: the run, and beside it the one on all images. */
final class ForecastTable {
  private final Forecast forecast;
  private final PrintWriter out;
  private final boolean priced;
  private final boolean powered;

  private ForecastTable(Forecast forecast, PrintWriter out) {
    this.forecast = forecast;
    this.out = out;
    this.priced = forecast.coreset().price() != null;
    this.powered = forecast.coreset().kilowattHours() != null;
  }

  static void print(Forecast forecast, PrintWriter out) {
    new ForecastTable(forecast, out).print();
  }

  private void print() {
    out.printf(
        Locale.ROOT,
        "%s: forecast, tried in %s on %s%n",
        forecast.name(),
        ProgressDisplay.clock(forecast.measuringSeconds()),
        forecast.on());
    heads();
    stages().forEach((name, both) -> row(name, both[0], both[1]));
    RunCost own = forecast.coreset();
    RunCost full = forecast.full();
    row(
        "all",
        "",
        count(own.images()),
        ProgressDisplay.clock(own.seconds()),
        bytes(own.peakBytes()),
        bytes(own.diskBytes()),
        rates(own.price(), own.kilowattHours()),
        count(full.images()),
        ProgressDisplay.clock(full.seconds()),
        rates(full.price(), full.kilowattHours()));
    if (forecast.microBatch() != null) {
      print(forecast.microBatch());
    }
  }

  private void heads() {
    String[] sides = {
      String.format(
          Locale.ROOT, "%,d of %,d images", forecast.coreset().trained(), forecast.images()),
      String.format(Locale.ROOT, "all %,d images", forecast.images())
    };
    row("", "", "", "", "", sides[0], "", "", sides[1], "");
    row(
        "",
        "steps",
        "images",
        "time",
        "memory",
        "disk",
        rates("price", "kWh"),
        "images",
        "time",
        rates("price", "kWh"));
  }

  /** The stages of both sides by name, in the order of the run's. */
  private Map<String, StageForecast[]> stages() {
    Map<String, StageForecast[]> stages = new LinkedHashMap<>();
    forecast
        .coreset()
        .stages()
        .forEach(stage -> stages.put(stage.stage(), new StageForecast[] {stage, null}));
    for (StageForecast stage : forecast.full().stages()) {
      stages.computeIfAbsent(stage.stage(), name -> new StageForecast[2])[1] = stage;
    }
    return stages;
  }

  private void row(String name, @OrNull StageForecast own, @OrNull StageForecast full) {
    boolean runs = own != null && own.state() == StageForecast.State.TO_RUN;
    row(
        name,
        runs ? count(own.units()) : "",
        runs ? count(own.images()) : "",
        time(own),
        runs ? bytes(own.peakBytes()) : "",
        runs ? bytes(own.diskBytes()) : "",
        runs ? rates(own.price(), own.kilowattHours()) : rates("", ""),
        full == null ? "" : count(full.images()),
        time(full),
        full == null ? rates("", "") : rates(full.price(), full.kilowattHours()));
  }

  private static String time(@OrNull StageForecast stage) {
    if (stage == null) {
      return "";
    }
    return switch (stage.state()) {
      case DONE -> "done";
      case STORED -> "in store";
      case TO_RUN -> ProgressDisplay.clock(stage.seconds());
    };
  }

  private String rates(@OrNull Double price, @OrNull Double kilowattHours) {
    return rates(
        price == null ? "" : String.format(Locale.ROOT, "%.2f", price),
        kilowattHours == null ? "" : String.format(Locale.ROOT, "%.3g", kilowattHours));
  }

  /** The columns of what was given. */
  private String rates(String price, String kilowattHours) {
    return (priced ? String.format("%10s", price) : "")
        + (powered ? String.format("%10s", kilowattHours) : "");
  }

  private void row(Object... cells) {
    out.println(
        String.format(Locale.ROOT, "  %-18s %10s %12s %10s %9s %9s%s   %12s %10s%s", cells)
            .stripTrailing());
  }

  private void print(MicroBatch micro) {
    out.printf(
        Locale.ROOT,
        "micro-batch: %s at %,d images at once, of %s available; the largest that fits into %.0f %%"
            + " of that: %s%n",
        bytes(micro.bytes()),
        micro.images(),
        bytes(micro.availableBytes()),
        100 * MicroBatch.SHARE,
        micro.largest() == micro.batch()
            ? String.format(Locale.ROOT, "%,d, the whole batch", micro.largest())
            : micro.largest() == 0 ? "not even 1" : count(micro.largest()));
  }

  static String count(long count) {
    return count == 0 ? "" : String.format(Locale.ROOT, "%,d", count);
  }

  /** In MiB or GiB; nothing for nothing. */
  static String bytes(@OrNull Long bytes) {
    if (bytes == null || bytes == 0) {
      return "";
    }
    double mebi = bytes / (double) (1 << 20);
    return mebi < 1
        ? "< 1 MiB"
        : mebi < 1024
            ? String.format(Locale.ROOT, "%.0f MiB", mebi)
            : String.format(Locale.ROOT, "%.1f GiB", mebi / 1024);
  }
}
