package io.winnow.report;

import io.winnow.artifact.SelectionDiagnostics;
import io.winnow.artifact.SelectionDiagnostics.Coverage;
import io.winnow.artifact.SelectionDiagnostics.Overlap;
import io.winnow.artifact.SelectionDiagnostics.Share;
import io.winnow.config.OrNull;
import io.winnow.report.ChartData.Axis;
import io.winnow.report.ChartData.Bars;
import io.winnow.report.ChartData.Layout;
import io.winnow.report.Page.Block;
import io.winnow.report.Page.Chart;
import io.winnow.report.Page.Charts;
import io.winnow.report.Page.Section;
import io.winnow.report.Page.Table;
import java.util.ArrayList;
import java.util.List;

/** What the selection keeps of what there is. */
final class DiagnosticsPanel {
  private final SelectionDiagnostics found;

  private DiagnosticsPanel(SelectionDiagnostics found) {
    this.found = found;
  }

  static Section of(SelectionDiagnostics found) {
    return new DiagnosticsPanel(found).section();
  }

  private Section section() {
    List<Chart> charts = new ArrayList<>();
    charts.add(shares("chart-class-shares", "Share kept by class", "classes", found.classes()));
    if (!found.clusters().isEmpty()) {
      charts.add(
          shares(
              "chart-cluster-shares",
              "Share kept by cluster, the largest first",
              "clusters",
              found.clusters()));
    }
    List<Block> blocks = new ArrayList<>();
    blocks.add(new Charts(false, charts));
    List<List<String>> rows = rows();
    if (!rows.isEmpty()) {
      blocks.add(
          new Table(
              null, List.of("of the features", "value", ""), List.of(false, true, false), rows));
    }
    return new Section("covered", "What is covered", lead(), blocks);
  }

  private String lead() {
    return found.clusters().isEmpty()
        ? "The run has no features that selected, so only classes are counted."
        : "By the features that selected, or, where the method looks at none, those of the run's"
            + " encoder. Clusters are those of k-means over all images.";
  }

  private static Chart shares(String id, String title, String what, List<Share> shares) {
    double least = shares.stream().mapToDouble(Share::share).min().orElse(0);
    double most = shares.stream().mapToDouble(Share::share).max().orElse(0);
    return ChartData.bars(
        id,
        title,
        "Bars of the share kept of "
            + shares.size()
            + " "
            + what
            + ", from "
            + Numbers.percent(rounded(least))
            + " to "
            + Numbers.percent(rounded(most))
            + ".",
        new Axis(Layout.GROUPED, "%", ""),
        shares.stream().map(Share::name).toList(),
        List.of(
            new Bars(
                "kept",
                "kept",
                shares.stream().map(s -> Math.round(s.share() * 1e4) / 100.0).toList())));
  }

  private static double rounded(double share) {
    return Math.round(share * 1e4) / 1e4;
  }

  private List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    Coverage coverage = found.coverage();
    if (coverage != null) {
      String of = "Of " + Numbers.count(coverage.measured()) + " dropped images, the distance";
      add(rows, "Coverage, mean", coverage.mean(), of + " to the nearest kept one.");
      add(rows, "Coverage, 95 %", coverage.percentile95(), "So many lie nearer than this.");
      add(rows, "Coverage, largest", coverage.largest(), "The image that is represented worst.");
    }
    add(
        rows,
        "Frechet distance",
        found.frechetDistance(),
        "Squared, between the kept images and all: a model that draws just these has it.");
    add(rows, "Precision", found.precision(), "Kept images that lie among the dropped ones.");
    add(rows, "Recall", found.recall(), "Dropped images that lie among the kept ones.");
    Overlap overlap = found.overlap();
    if (overlap != null) {
      add(
          rows,
          "In common",
          overlap.share(),
          "Share of the kept that "
              + overlap.other()
              + " keeps, too; by chance it would be "
              + Numbers.value(overlap.byChance())
              + ".");
    }
    return rows;
  }

  private static void add(
      List<List<String>> rows, String name, @OrNull Double value, String meaning) {
    if (value != null) {
      rows.add(List.of(name, Numbers.value(value), meaning));
    }
  }
}
