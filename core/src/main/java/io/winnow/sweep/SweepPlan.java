package io.winnow.sweep;

import io.winnow.config.OrNull;
import io.winnow.pipeline.PlannedStage;
import io.winnow.pipeline.RunsPreflight;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What a sweep would run, share and cost, without running it. */
public final class SweepPlan {
  private static final String UNKNOWN = "?";

  private final Sweep sweep;
  private final SweepLayout layout;
  private final Costs costs;
  private final Map<String, Line> stages =
      new TreeMap<>(Comparator.comparing(PlannedStage.ORDER::indexOf));

  /** Sums over the runs that have a stage; null where a part is unknown. */
  private record Line(
      int runs, int computed, @OrNull Long updates, @OrNull Long images, @OrNull Double seconds) {
    static final Line NONE = new Line(0, 0, 0L, 0L, 0.0);

    Line and(PlannedStage stage, @OrNull Double took) {
      return new Line(
          runs,
          computed + 1,
          sum(updates, stage.updates()),
          sum(images, stage.images()),
          seconds == null || took == null ? null : seconds + took);
    }

    Line ofRun() {
      return new Line(runs + 1, computed, updates, images, seconds);
    }

    Line and(Line other) {
      return new Line(
          runs + other.runs,
          computed + other.computed,
          sum(updates, other.updates),
          sum(images, other.images),
          seconds == null || other.seconds == null ? null : seconds + other.seconds);
    }

    private static @OrNull Long sum(@OrNull Long a, @OrNull Long b) {
      return a == null || b == null ? null : (Long) (a + b);
    }
  }

  private SweepPlan(Sweep sweep, SweepLayout layout, RunStatuses runs) {
    this.sweep = sweep;
    this.layout = layout;
    this.costs = runs.costs();
    for (RunStatus run : runs.all()) {
      if (!costs.open().contains(run.run())) {
        continue;
      }
      for (PlannedStage stage : run.plan()) {
        if (!run.done(stage)) {
          stages.merge(stage.name(), Line.NONE.ofRun(), Line::and);
        }
      }
      for (PlannedStage stage : costs.of(run.run())) {
        stages.computeIfPresent(
            stage.name(), (name, line) -> line.and(stage, costs.seconds(stage)));
      }
    }
  }

  /** Looks at what is there; nothing is written. */
  public static SweepPlan of(Sweep sweep, SweepLayout layout) {
    return new SweepPlan(sweep, layout, new RunStatuses(sweep, layout));
  }

  /** What is left to do, in words and columns. */
  public String text() {
    StringBuilder out = new StringBuilder(head());
    if (!costs.open().isEmpty()) {
      out.append('\n').append(columns(stageLines()));
      out.append('\n').append(columns(cellLines()));
      notes().forEach(note -> out.append(note).append('\n'));
    }
    return out.toString();
  }

  /**
   * What runs that are left would be refused for at their start.
   *
   * @return a line for every reason, with its cells; empty where nothing is known against any
   */
  public List<String> refusals() {
    return RunsPreflight.refusals(
        sweep.cells().stream()
            .map(this::firstOpen)
            .flatMap(Optional::stream)
            .map(run -> sweep.recipe(run).value())
            .toList());
  }

  /** Runs of a cell differ in their seed alone. */
  private Optional<SweepRun> firstOpen(Cell cell) {
    return cell.seeds().stream()
        .map(seed -> new SweepRun(cell.label(), seed))
        .filter(costs.open()::contains)
        .findFirst();
  }

  private String head() {
    int all = sweep.runs().size();
    int open = costs.open().size();
    return String.format(
        Locale.ROOT,
        "%s: %d runs of %d cells in %s; %d done, %d to run%n",
        sweep.name(),
        all,
        sweep.cells().size(),
        layout.folder(),
        all - open,
        open);
  }

  private List<List<String>> stageLines() {
    List<List<String>> lines = new ArrayList<>();
    lines.add(List.of("stage", "runs", "computed", "updates", "images", "time"));
    Line all = Line.NONE;
    for (Map.Entry<String, Line> stage : stages.entrySet()) {
      Line line = stage.getValue();
      lines.add(
          List.of(
              stage.getKey(),
              Integer.toString(line.runs()),
              Integer.toString(line.computed()),
              count(line.updates()),
              count(line.images()),
              time(line.seconds())));
      all = all.and(line);
    }
    lines.add(
        List.of("all", "", "", count(all.updates()), count(all.images()), time(all.seconds())));
    return lines;
  }

  private List<List<String>> cellLines() {
    List<List<String>> lines = new ArrayList<>();
    lines.add(List.of("cell", "seeds to run", "updates", "images", "time"));
    for (Cell cell : sweep.cells()) {
      Line all = Line.NONE;
      List<Long> seeds = new ArrayList<>();
      for (long seed : cell.seeds()) {
        SweepRun run = new SweepRun(cell.label(), seed);
        if (costs.open().contains(run)) {
          seeds.add(seed);
          for (PlannedStage stage : costs.of(run)) {
            all = all.and(stage, costs.seconds(stage));
          }
        }
      }
      if (!seeds.isEmpty()) {
        lines.add(
            List.of(
                cell.label(),
                seeds.stream().map(String::valueOf).collect(Collectors.joining(" ")),
                count(all.updates()),
                count(all.images()),
                time(all.seconds())));
      }
    }
    return lines;
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    notes.add("computed: once for all runs that share it, then taken from the store.");
    if (stages.values().stream().anyMatch(line -> line.images() == null)) {
      notes.add("updates, images " + UNKNOWN + ": known once a run has read the data set.");
    }
    if (stages.values().stream().anyMatch(line -> line.seconds() == null)) {
      notes.add("time " + UNKNOWN + ": known once a run of this sweep has finished that stage.");
    }
    return notes;
  }

  private static String columns(List<List<String>> lines) {
    int[] widths = new int[lines.get(0).size()];
    for (List<String> line : lines) {
      for (int c = 0; c < widths.length; c++) {
        widths[c] = Math.max(widths[c], line.get(c).length());
      }
    }
    StringBuilder out = new StringBuilder();
    for (List<String> line : lines) {
      StringBuilder row = new StringBuilder();
      for (int c = 0; c < widths.length; c++) {
        row.append(
            String.format(Locale.ROOT, (c == 0 ? "%-" : "  %") + widths[c] + "s", line.get(c)));
      }
      out.append(row.toString().stripTrailing()).append('\n');
    }
    return out.toString();
  }

  private static String count(@OrNull Long value) {
    return value == null ? UNKNOWN : String.format(Locale.ROOT, "%,d", value);
  }

  private static String time(@OrNull Double seconds) {
    if (seconds == null) {
      return UNKNOWN;
    }
    long whole = Math.round(seconds);
    return String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
  }
}
