package io.winnow.report;

import io.winnow.compare.Comparison;
import io.winnow.compare.SideBySide;
import io.winnow.report.Page.Block;
import io.winnow.report.Page.Charts;
import io.winnow.report.Page.Notes;
import io.winnow.report.Page.Section;
import io.winnow.report.Page.Table;
import io.winnow.report.Page.Tile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A page with runs side by side, each side against the first one. */
public final class ComparisonPage {
  private final SideBySide compared;
  private final String first;

  private ComparisonPage(SideBySide compared) {
    this.compared = compared;
    this.first = compared.sides().get(0).name();
  }

  /**
   * Writes one self-contained file.
   *
   * @throws IllegalArgumentException when an artifact of a run is damaged
   */
  public static void write(Path file, SideBySide compared) {
    Report.render(new ComparisonPage(compared).page(), "Runs side by side", file);
  }

  private Page page() {
    SidePanels panels = new SidePanels(compared.sides().stream().map(SideRuns::read).toList());
    List<Section> sections = new ArrayList<>();
    sections.add(verdicts());
    sections.add(panels.differences());
    sections.add(panels.metrics());
    sections.addAll(panels.classWise());
    sections.add(panels.costs());
    sections.addAll(panels.samples());
    String others = others().stream().map(SideBySide.Entry::name).collect(Collectors.joining(", "));
    return new Page(
        others + " against " + first,
        "Ratios are of distances to the reference, over those of "
            + first
            + ": below 1 is closer to the reference.",
        others().stream().map(this::tile).toList(),
        sections,
        List.of());
  }

  private List<SideBySide.Entry> others() {
    return compared.sides().subList(1, compared.sides().size());
  }

  private Tile tile(SideBySide.Entry side) {
    Comparison found = side.comparisons().get(0);
    return new Tile(
        side.name() + " against " + first,
        found.verdict().words(),
        found.metric()
            + ", ratio "
            + RatioChart.ratio(found.ratio())
            + RatioChart.interval(found, ", interval "));
  }

  private Section verdicts() {
    List<List<String>> rows = new ArrayList<>();
    List<RatioChart.Named> ratios = new ArrayList<>();
    for (SideBySide.Entry side : others()) {
      for (Comparison found : side.comparisons()) {
        rows.add(row(side, found));
        ratios.add(new RatioChart.Named(side.name(), found));
      }
    }
    List<Block> blocks = new ArrayList<>();
    blocks.add(new Charts(false, List.of(RatioChart.of("ratio to " + first, ratios))));
    blocks.add(
        new Table(
            null,
            List.of("Side", "Distance", "Ratio", "Interval", "Verdict", "p", "Seeds", "Test"),
            List.of(false, false, true, true, false, true, true, false),
            rows));
    if (!compared.leftOut().isEmpty()) {
      blocks.add(new Notes(false, compared.leftOut()));
    }
    return new Section("verdicts", "Verdicts", lead(), blocks);
  }

  private String lead() {
    double rate = others().get(0).comparisons().get(0).errorRate();
    return String.format(
        Locale.ROOT,
        "Every verdict errs in %s of cases where there is no difference, and among many some do."
            + " One seed alone is never a verdict. winnow compare says how many seeds it would"
            + " take.",
        Numbers.percent(rate));
  }

  private static List<String> row(SideBySide.Entry side, Comparison found) {
    return List.of(
        side.name(),
        found.metric(),
        RatioChart.ratio(found.ratio()),
        found.interval() == null ? "–" : RatioChart.interval(found, ""),
        found.verdict().words(),
        found.pValue() == null ? "–" : String.format(Locale.ROOT, "%.2g", found.pValue()),
        found.counted(),
        test(found));
  }

  private static String test(Comparison found) {
    if (found.interval() == null) {
      return "none: the spread over seeds is not known from one";
    }
    return found.found().paired() ? "paired t test of the log ratio" : "Welch's t test";
  }
}
