package io.winnow.report;

import io.winnow.artifact.SampleImages;
import io.winnow.artifact.SpeedUps;
import io.winnow.artifact.SpeedUps.SpeedUp;
import io.winnow.compare.Comparison;
import io.winnow.compare.Difference;
import io.winnow.config.OrNull;
import io.winnow.report.ChartData.Axis;
import io.winnow.report.ChartData.Bars;
import io.winnow.report.ChartData.Layout;
import io.winnow.report.Page.Block;
import io.winnow.report.Page.Chart;
import io.winnow.report.Page.Charts;
import io.winnow.report.Page.Notes;
import io.winnow.report.Page.PictureRow;
import io.winnow.report.Page.Pictures;
import io.winnow.report.Page.Section;
import io.winnow.report.Page.Table;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Runs side by side: what differs, metrics, classes, costs, samples. A column or row per side. */
final class SidePanels {
  private static final int COLORS = 12; // of lines and sides in the style sheet
  private static final int CLASSES = 24;
  private static final String NONE = "–";

  private final List<SideRuns> sides;

  SidePanels(List<SideRuns> sides) {
    this.sides = sides;
  }

  Section metrics() {
    List<Map<String, List<Double>>> all = sides.stream().map(SideRuns::numbers).toList();
    Set<String> names = new LinkedHashSet<>();
    all.forEach(numbers -> names.addAll(numbers.keySet()));
    List<List<String>> rows = new ArrayList<>();
    for (String name : names) {
      List<String> row = new ArrayList<>(List.of(name));
      all.forEach(numbers -> row.add(spread(numbers.get(name))));
      rows.add(row);
    }
    return new Section(
        "metrics",
        "Metrics side by side",
        "Mean ± sample standard deviation over seeds. Lower is better for distances; higher for"
            + " precision, recall, the Inception Score and class agreement.",
        List.of(new Table(null, head("Metric"), numeric(), rows)));
  }

  private List<String> head(String first) {
    List<String> head = new ArrayList<>(List.of(first));
    sides.forEach(side -> head.add(side.name()));
    return head;
  }

  private List<Boolean> numeric() {
    List<Boolean> numeric = new ArrayList<>(List.of(false));
    numeric.addAll(Collections.nCopies(sides.size(), true));
    return numeric;
  }

  private static String spread(@OrNull List<Double> values) {
    if (values == null) {
      return NONE;
    }
    double mean = values.stream().mapToDouble(x -> x).average().orElseThrow();
    if (values.size() == 1) {
      return Numbers.value(mean);
    }
    double squares = values.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum();
    double deviation = Math.sqrt(squares / (values.size() - 1));
    return Numbers.value(mean) + " ± " + Numbers.value(deviation);
  }

  /** Keys whose values differ, of a side that does not differ in one the first side's value. */
  Section differences() {
    Map<String, String[]> values = new TreeMap<>();
    for (int i = 1; i < sides.size(); i++) {
      Comparison any = sides.get(i).side().comparisons().get(0);
      for (Difference d : any.differences()) {
        String[] row = values.computeIfAbsent(d.key(), key -> all(text(d.a())));
        row[i] = text(d.b());
      }
    }
    List<List<String>> rows = new ArrayList<>();
    values.forEach(
        (key, row) -> {
          List<String> cells = new ArrayList<>(List.of(key));
          cells.addAll(Arrays.asList(row));
          rows.add(cells);
        });
    Block block =
        rows.isEmpty()
            ? new Notes(false, List.of("Nothing but seeds and names."))
            : new Table(null, head("Key"), Collections.nCopies(sides.size() + 1, false), rows);
    return new Section(
        "differences",
        "What differs",
        "Keys of the recipes, versions and arithmetic in which sides differ, apart from name and"
            + " seed.",
        List.of(block));
  }

  private String[] all(String value) {
    String[] row = new String[sides.size()];
    Arrays.fill(row, value);
    return row;
  }

  private static String text(@OrNull String value) {
    return value == null ? "absent" : value;
  }

  /** A chart for every distance that was measured class by class; none where none was. */
  List<Section> classWise() {
    Set<String> series = new LinkedHashSet<>();
    sides.stream()
        .flatMap(side -> side.metrics().stream())
        .flatMap(List::stream)
        .filter(m -> m.label() != null && m.kind().headlineDistance())
        .forEach(m -> series.add(m.series()));
    if (series.isEmpty()) {
      return List.of();
    }
    List<Chart> charts = series.stream().map(this::classWise).toList();
    return List.of(
        new Section(
            "class-wise",
            "Class-wise distances",
            "Means over seeds. Lower is better; values of classes are comparable only with each"
                + " other, at the same number of images.",
            List.of(new Charts(false, charts))));
  }

  private Chart classWise(String series) {
    List<Map<String, Double>> bySide = sides.stream().map(side -> side.byClass(series)).toList();
    Set<String> classes = new LinkedHashSet<>();
    bySide.forEach(values -> classes.addAll(values.keySet()));
    List<Bars> bars = new ArrayList<>();
    for (int i = 0; i < sides.size(); i++) {
      Map<String, Double> values = bySide.get(i);
      if (!values.isEmpty()) {
        bars.add(
            new Bars(
                sides.get(i).name(),
                "l" + i % COLORS,
                classes.stream().map(c -> values.getOrDefault(c, 0.0)).toList()));
      }
    }
    return ChartData.bars(
        "chart-class-" + series,
        series,
        "Bars of " + series + " for " + classes.size() + " classes of " + bars.size() + " sides.",
        new Axis(Layout.GROUPED, "", ""),
        List.copyOf(classes),
        bars);
  }

  Section costs() {
    List<List<String>> rows = new ArrayList<>();
    for (SideRuns side : sides) {
      List<String> row = new ArrayList<>();
      row.add(side.name());
      row.add(Integer.toString(side.records().size()));
      for (SpeedUps.Kind kind : SpeedUps.Kind.values()) {
        row.add(ratio(side, kind));
      }
      row.add(Numbers.duration(side.seconds()));
      row.add(Numbers.count(Math.round(side.images())));
      rows.add(row);
    }
    List<String> head = new ArrayList<>(List.of("Side", "Runs"));
    Arrays.stream(SpeedUps.Kind.values()).forEach(kind -> head.add(CostPanels.name(kind)));
    head.addAll(List.of("Working time", "Images"));
    List<Boolean> numeric = new ArrayList<>(List.of(false));
    numeric.addAll(Collections.nCopies(head.size() - 1, true));
    return new Section(
        "speed-ups",
        "Speed-up and cost",
        "Speed-ups in time against training on everything, ratios of sums over seeds; ~ where the"
            + " full side is predicted from the run's own images per second. At equal steps nothing"
            + " is saved by definition. Working time and images are those of one run, a mean over"
            + " seeds, shared stages included.",
        List.of(new Table(null, head, numeric, rows)));
  }

  private static String ratio(SideRuns side, SpeedUps.Kind kind) {
    List<SpeedUp> all =
        side.speedUps().stream()
            .flatMap(run -> run.speedUps().stream())
            .filter(one -> one.kind() == kind)
            .toList();
    double full = all.stream().mapToDouble(SpeedUp::fullSeconds).sum();
    double coreset = all.stream().mapToDouble(SpeedUp::coresetSeconds).sum();
    boolean measured = all.stream().allMatch(SpeedUp::measured);
    return all.isEmpty() ? NONE : (measured ? "" : "~") + Numbers.times(full / coreset);
  }

  /** A pair of rows, or more, for every class; none where no side has samples. */
  List<Section> samples() {
    Set<String> classes = new LinkedHashSet<>();
    for (SideRuns side : sides) {
      if (side.samples() != null) {
        side.samples().groups().forEach(group -> classes.add(group.className()));
      }
    }
    if (classes.isEmpty()) {
      return List.of();
    }
    List<Block> blocks =
        classes.stream().limit(CLASSES).map(this::rows).map(Block.class::cast).toList();
    return List.of(
        new Section(
            "side-by-side",
            "Samples",
            String.format(
                Locale.ROOT,
                "The first images that the models drew for every class, of the first seed of every"
                    + " side (%s), not a selection.",
                String.join(", ", sides.stream().map(SidePanels::seed).toList())),
            blocks));
  }

  private static String seed(SideRuns side) {
    return side.name() + ": " + side.side().runs().firstKey();
  }

  private Pictures rows(String className) {
    List<PictureRow> rows = new ArrayList<>();
    for (SideRuns side : sides) {
      List<BufferedImage> images =
          side.samples() == null
              ? List.of()
              : side.samples().groups().stream()
                  .filter(group -> group.className().equals(className))
                  .findFirst()
                  .map(SampleImages.Group::images)
                  .orElse(List.of());
      rows.add(PicturePanels.row(side.name(), className, images));
    }
    return new Pictures(className, rows);
  }
}
