package io.winnow.report;

import io.winnow.artifact.Memorisation;
import io.winnow.artifact.Metric;
import io.winnow.config.OrNull;
import io.winnow.report.ChartData.Axis;
import io.winnow.report.ChartData.Bars;
import io.winnow.report.ChartData.Layout;
import io.winnow.report.Page.Block;
import io.winnow.report.Page.Charts;
import io.winnow.report.Page.Notes;
import io.winnow.report.Page.Section;
import io.winnow.report.Page.Table;
import io.winnow.report.Page.Tile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A page with metrics that were measured without a run: table, class-wise charts, circumstances.
 */
public final class MetricsPage {
  private MetricsPage() {}

  /**
   * What the page shows.
   *
   * @param circumstances under which all values were measured, as name and text
   * @param warnings what makes a number less than it seems
   * @param memorisation null where it was not measured
   * @param pictures folder of the pictures of its closest pairs
   */
  public record Content(
      List<Metric> metrics,
      Map<String, String> circumstances,
      List<String> warnings,
      @OrNull Memorisation memorisation,
      Path pictures) {
    public Content {
      metrics = List.copyOf(metrics);
      circumstances = Collections.unmodifiableMap(new LinkedHashMap<>(circumstances));
      warnings = List.copyOf(warnings);
    }
  }

  /**
   * Writes one self-contained file.
   *
   * @param title what was compared
   */
  public static void write(Path file, String title, Content content) {
    List<Metric> metrics = content.metrics();
    List<Section> sections = new ArrayList<>();
    sections.add(pooled(metrics, content.warnings()));
    classWise(metrics).forEach(sections::add);
    if (content.memorisation() != null) {
      sections.add(MemorisationPanel.of(content.memorisation(), content.pictures()));
    }
    sections.add(
        new Section(
            "circumstances",
            "Circumstances",
            "Two values are comparable only where all of this is the same.",
            List.of(
                new Table(
                    null,
                    List.of("", ""),
                    List.of(false, false),
                    content.circumstances().entrySet().stream()
                        .map(e -> List.of(e.getKey(), e.getValue()))
                        .toList()))));
    Page page =
        new Page(
            title,
            "Lower is better for distances; higher for precision, recall and the Inception Score.",
            tiles(metrics),
            sections,
            List.of());
    Report.render(page, "Evaluation", file);
  }

  private static List<Tile> tiles(List<Metric> metrics) {
    return metrics.stream()
        .filter(m -> m.label() == null)
        .limit(4)
        .map(m -> new Tile(name(m), Numbers.value(m.value()), Numbers.count(m.n()) + " samples"))
        .toList();
  }

  private static String name(Metric m) {
    if (!m.floor()) {
      return m.name();
    }
    return (Metric.FLOOR.equals(m.c().variant()) ? "floor of " : "floor at n of ") + m.name();
  }

  private static Section pooled(List<Metric> metrics, List<String> warnings) {
    List<Block> blocks = new ArrayList<>();
    if (!warnings.isEmpty()) {
      blocks.add(new Notes(true, warnings));
    }
    blocks.add(
        new Table(
            null,
            List.of("Metric", "Value", "Samples", "Reference", "Notes"),
            List.of(false, true, true, true, false),
            metrics.stream().filter(m -> m.label() == null).map(m -> row(name(m), m)).toList()));
    return new Section(
        "metrics",
        "Metrics",
        "The number behind @ is the number of samples, where it is not 50,000. "
            + EvaluationPanels.FLOORS,
        blocks);
  }

  /** Notes on all images of a side stand among the circumstances, once. */
  private static List<String> row(String first, Metric m) {
    return List.of(
        first,
        Numbers.value(m.value()),
        counted(m.n()),
        counted(m.nReference()),
        m.c().notes().stream()
            .filter(note -> !note.startsWith("samples: ") && !note.startsWith("reference: "))
            .collect(Collectors.joining("; ")));
  }

  /** A statistics file need not say how many images it was made of. */
  private static String counted(long n) {
    return n == 0 ? "–" : Numbers.count(n);
  }

  private static Stream<Section> classWise(List<Metric> metrics) {
    Map<String, List<Metric>> byMetric = new LinkedHashMap<>();
    metrics.stream()
        .filter(m -> m.label() != null)
        .forEach(m -> byMetric.computeIfAbsent(m.series(), name -> new ArrayList<>()).add(m));
    return byMetric.entrySet().stream()
        .map(e -> classWise("class-wise-" + e.getKey(), e.getKey(), e.getValue()));
  }

  private static Section classWise(String id, String name, List<Metric> metrics) {
    List<Metric> own = metrics.stream().filter(m -> !m.floor()).toList();
    List<String> classes = own.stream().map(MetricsPage::className).toList();
    List<Bars> bars = new ArrayList<>();
    bars.add(new Bars("samples", "a", own.stream().map(Metric::value).toList()));
    Map<String, Double> floors = new LinkedHashMap<>();
    metrics.stream().filter(Metric::floor).forEach(m -> floors.put(className(m), m.value()));
    if (!floors.isEmpty()) {
      List<Double> values = classes.stream().map(c -> floors.getOrDefault(c, 0.0)).toList();
      bars.add(new Bars(EvaluationPanels.FLOOR_SERIES, "muted", values));
    }
    Table table =
        new Table(
            null,
            List.of("Class", "Value", "Samples", "Reference", "Notes"),
            List.of(false, true, true, true, false),
            metrics.stream()
                .map(m -> row((m.floor() ? "floor of " : "") + className(m), m))
                .toList());
    return new Section(
        id,
        "Class by class: " + name,
        "Values of classes are far above the pooled value and comparable only with each other, at"
            + " the same number of images.",
        List.of(
            new Charts(
                false,
                List.of(
                    ChartData.bars(
                        "chart-" + id,
                        name,
                        "Bars of " + name + " for " + classes.size() + " classes.",
                        new Axis(Layout.GROUPED, "", ""),
                        classes,
                        bars))),
            table));
  }

  private static String className(Metric m) {
    return m.className() == null ? "class " + m.label() : m.className();
  }
}
