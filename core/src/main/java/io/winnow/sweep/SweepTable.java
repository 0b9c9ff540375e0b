package io.winnow.sweep;

import io.winnow.artifact.Metric;
import io.winnow.artifact.Metrics;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.artifact.SpeedUps;
import io.winnow.config.OrNull;
import io.winnow.sweep.RunStatus.State;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the runs of a sweep measured, cell by cell over the seeds that are done.
 *
 * @param name of the sweep
 * @param axes their names
 * @param metrics the columns, by what the numbers are called
 * @param paperMetrics metrics with published values
 * @param rows one for every cell, in the order of the sweep
 * @param verdicts of cells that are compared with another one
 */
public record SweepTable(
    String name,
    List<String> axes,
    List<String> metrics,
    List<String> paperMetrics,
    List<Row> rows,
    List<CellVerdicts> verdicts) {

  /**
   * A cell.
   *
   * @param seeds that are done
   * @param values by name; a metric that not all seeds have is over those that have it
   * @param paper published values by metric
   * @param images that went through a network in one run, a mean over seeds; null where none is
   *     done
   * @param seconds working time of one run alone, shared stages included; likewise
   * @param speedUps against full data, a ratio of sums over seeds; none where none is done
   * @param failed whether one of its runs ended with a failure
   * @param open what is not done and why, in words; empty where all is
   */
  record Row(
      Cell cell,
      List<Long> seeds,
      Map<String, Spread> values,
      Map<String, Double> paper,
      @OrNull Double images,
      @OrNull Double seconds,
      Map<SpeedUps.Kind, Ratio> speedUps,
      boolean failed,
      List<String> open) {}

  /**
   * A speed-up.
   *
   * @param measured whether the full side was run, of every seed
   */
  record Ratio(double value, boolean measured) {}

  /** Reads what is there. */
  public static SweepTable of(Sweep sweep, SweepLayout layout) {
    RunStatuses runs = new RunStatuses(sweep, layout);
    List<Row> rows = sweep.cells().stream().map(cell -> row(sweep, layout, runs, cell)).toList();
    Set<String> metrics = new LinkedHashSet<>();
    rows.forEach(row -> metrics.addAll(row.values().keySet()));
    return new SweepTable(
        sweep.name(),
        sweep.axes(),
        List.copyOf(metrics),
        List.copyOf(sweep.paper().keySet()),
        rows,
        CellVerdicts.of(sweep, layout, runs));
  }

  /** Whether a run ended with a failure. */
  public boolean anyFailed() {
    return rows.stream().anyMatch(Row::failed);
  }

  /** What can be said of a cell; null where it is compared with none. */
  @OrNull
  CellVerdicts verdictsOf(Cell cell) {
    return verdicts.stream()
        .filter(one -> one.cell().equals(cell.label()))
        .findFirst()
        .orElse(null);
  }

  /** Of a metric by cell, over the seeds that are done; without cells that have none. */
  public Map<String, Double> means(String metric) {
    Map<String, Double> means = new LinkedHashMap<>();
    for (Row row : rows) {
      if (row.values().containsKey(metric)) {
        means.put(row.cell().label(), row.values().get(metric).mean());
      }
    }
    return means;
  }

  private static Row row(Sweep sweep, SweepLayout layout, RunStatuses runs, Cell cell) {
    List<Done> done = new ArrayList<>();
    List<String> open = new ArrayList<>();
    boolean failed = false;
    for (long seed : cell.seeds()) {
      RunStatus status = runs.of(new SweepRun(cell.label(), seed));
      if (status.state() == State.DONE) {
        done.add(Done.read(seed, status, layout.run(status.run())));
      } else {
        open.add("seed " + seed + " " + words(status));
        failed |= status.state() == State.FAILED;
      }
    }
    Map<String, Double> paper = new LinkedHashMap<>();
    sweep
        .paper()
        .forEach(
            (metric, values) -> {
              if (values.containsKey(cell.label())) {
                paper.put(metric, values.get(cell.label()));
              }
            });
    return new Row(
        cell,
        done.stream().map(Done::seed).toList(),
        spreads(sweep.measures(), done),
        paper,
        mean(done.stream().map(d -> (double) d.images()).toList()),
        mean(done.stream().map(Done::seconds).toList()),
        ratios(done),
        failed,
        open);
  }

  private static String words(RunStatus status) {
    return switch (status.state()) {
      case MISSING -> "not run";
      case BEGUN -> "not finished";
      case OUTDATED -> "has other settings";
      case FAILED -> "failed: " + status.reason();
      case DONE -> "done";
    };
  }

  private static @OrNull Double mean(List<Double> values) {
    return values.isEmpty() ? null : Spread.of(values).mean();
  }

  private static Map<String, Spread> spreads(List<Measure> measures, List<Done> done) {
    Map<String, List<Double>> bySeed = new LinkedHashMap<>();
    for (Measure measure : measures) {
      for (Done run : done) {
        measure
            .values(run.metrics())
            .forEach(
                (name, value) -> bySeed.computeIfAbsent(name, n -> new ArrayList<>()).add(value));
      }
    }
    Map<String, Spread> spreads = new LinkedHashMap<>();
    bySeed.forEach((name, values) -> spreads.put(name, Spread.of(values)));
    return spreads;
  }

  private static Map<SpeedUps.Kind, Ratio> ratios(List<Done> done) {
    Map<SpeedUps.Kind, Ratio> ratios = new EnumMap<>(SpeedUps.Kind.class);
    for (SpeedUps.Kind kind : SpeedUps.Kind.values()) {
      List<SpeedUps.SpeedUp> all =
          done.stream()
              .flatMap(run -> run.speedUps().stream())
              .filter(one -> one.kind() == kind)
              .toList();
      double full = all.stream().mapToDouble(SpeedUps.SpeedUp::fullSeconds).sum();
      double coreset = all.stream().mapToDouble(SpeedUps.SpeedUp::coresetSeconds).sum();
      if (!all.isEmpty()) {
        boolean measured = all.stream().allMatch(SpeedUps.SpeedUp::measured);
        ratios.put(kind, new Ratio(full / coreset, measured));
      }
    }
    return ratios;
  }

  /** A run that is done. */
  private record Done(
      long seed,
      List<Metric> metrics,
      List<SpeedUps.SpeedUp> speedUps,
      long images,
      double seconds) {
    static Done read(long seed, RunStatus status, RunLayout files) {
      List<RunRecord.Stage> stages =
          status.plan().stream().map(stage -> status.record().stages().get(stage.name())).toList();
      return new Done(
          seed,
          Metrics.read(files.metrics()).metrics(),
          SpeedUps.read(files.speedUps()).speedUps(),
          stages.stream().mapToLong(RunRecord.Stage::images).sum(),
          stages.stream().mapToDouble(RunRecord.Stage::seconds).sum());
    }
  }
}
