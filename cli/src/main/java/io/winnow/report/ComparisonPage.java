package io.winnow.report;

import io.winnow.compare.Comparison;
import io.winnow.compare.SideBySide;
import io.winnow.compare.Verdict;
import io.winnow.report.ChartData.Interval;
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
        words(found.verdict()),
        found.metric() + ", ratio " + ratio(found.ratio()) + interval(found, ", interval "));
  }

  private static String words(Verdict verdict) {
    return switch (verdict) {
      case BETTER -> "better";
      case WORSE -> "worse";
      case CANNOT_TELL -> "cannot tell yet";
    };
  }

  private static String interval(Comparison found, String before) {
    return found.interval() == null
        ? ""
        : before + ratio(found.interval().low()) + " to " + ratio(found.interval().high());
  }

  private static String ratio(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  private Section verdicts() {
    List<List<String>> rows = new ArrayList<>();
    List<Interval> intervals = new ArrayList<>();
    for (SideBySide.Entry side : others()) {
      for (Comparison found : side.comparisons()) {
        rows.add(row(side, found));
        intervals.add(interval(side, found));
      }
    }
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        new Charts(
            false,
            List.of(
                ChartData.intervals(
                    "chart-ratios",
                    "Ratios of distances with their intervals",
                    "Marks of " + rows.size() + " ratios: " + said(intervals) + ".",
                    "ratio to " + first,
                    intervals))));
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

  private static String said(List<Interval> intervals) {
    return intervals.stream().map(Interval::text).collect(Collectors.joining("; "));
  }

  private static Interval interval(SideBySide.Entry side, Comparison found) {
    String label = side.name() + ", " + found.metric();
    return new Interval(
        label,
        label + ": " + ratio(found.ratio()) + interval(found, ", ") + ", " + words(found.verdict()),
        found.ratio(),
        found.interval() == null ? null : found.interval().low(),
        found.interval() == null ? null : found.interval().high());
  }

  private static List<String> row(SideBySide.Entry side, Comparison found) {
    return List.of(
        side.name(),
        found.metric(),
        ratio(found.ratio()),
        found.interval() == null ? "–" : interval(found, ""),
        words(found.verdict()),
        found.pValue() == null ? "–" : String.format(Locale.ROOT, "%.2g", found.pValue()),
        seeds(found),
        test(found));
  }

  private static String seeds(Comparison found) {
    return found.seeds().isEmpty()
        ? found.a().size() + " and " + found.b().size()
        : Integer.toString(found.seeds().size());
  }

  private static String test(Comparison found) {
    if (found.interval() == null) {
      return "none: the spread over seeds is not known from one";
    }
    return found.found().paired() ? "paired t test of the log ratio" : "Welch's t test";
  }
}
