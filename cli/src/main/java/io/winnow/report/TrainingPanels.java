package io.winnow.report;

import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.ClassWeights.Trajectory;
import io.winnow.artifact.Curve;
import io.winnow.artifact.Curve.Point;
import io.winnow.config.OrNull;
import io.winnow.report.ChartData.Axis;
import io.winnow.report.ChartData.Bars;
import io.winnow.report.ChartData.Layout;
import io.winnow.report.ChartData.Line;
import io.winnow.report.Page.Block;
import io.winnow.report.Page.Chart;
import io.winnow.report.Page.Charts;
import io.winnow.report.Page.Notes;
import io.winnow.report.Page.Section;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** Class weights over the steps of the proxy, and the loss curves of the trainings. */
final class TrainingPanels {
  private static final int POINTS = 400;
  private static final int CLASS_LINES = 12;
  private static final double LOG_RANGE = 8;

  private TrainingPanels() {}

  static Section weights(@OrNull ClassWeights weights, @OrNull Trajectory trajectory) {
    List<Chart> charts = new ArrayList<>();
    List<Block> blocks = new ArrayList<>();
    if (trajectory != null && !trajectory.rows().isEmpty()) {
      charts.add(trajectory(trajectory));
    }
    if (weights != null) {
      charts.add(mean(weights));
    }
    blocks.add(new Charts(false, charts));
    if (weights != null && !weights.warnings().isEmpty()) {
      blocks.add(new Notes(true, weights.warnings()));
    }
    return new Section(
        "weights",
        "Class weights",
        "The weight of every class in the loss; 1 is neutral. " + verdict(weights),
        blocks);
  }

  private static String verdict(@OrNull ClassWeights weights) {
    if (weights != null && !weights.learnt()) {
      return "These were not learnt: see the note below.";
    }
    if (weights != null && weights.inverseFrequency()) {
      return "All classes count alike: a weight is the inverse of the class's share of the coreset."
          + " Nothing was learnt.";
    }
    String rule =
        "Classes that the proxy finds harder than the reference (rule group-dro: harder than"
            + " others) gain weight.";
    if (weights == null || !weights.warnings().isEmpty()) {
      return rule;
    }
    Object distance = weights.settings().get("signalToNoise");
    return rule
        + " These were learnt"
        + (distance instanceof Number apart
            ? String.format(
                Locale.ROOT,
                ": the classes' mean margins end %.1f standard errors apart.",
                apart.doubleValue())
            : ".");
  }

  private static Chart trajectory(Trajectory trajectory) {
    double[] last = trajectory.rows().get(trajectory.rows().size() - 1).weights();
    int[] chosen =
        IntStream.range(0, last.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer k) -> -Math.abs(last[k] - 1)))
            .limit(CLASS_LINES)
            .sorted()
            .mapToInt(k -> k)
            .toArray();
    List<Line> lines = new ArrayList<>();
    for (int k : chosen) {
      List<List<Number>> points = new ArrayList<>();
      int stride = Math.max(1, trajectory.rows().size() / POINTS);
      for (int i = 0; i < trajectory.rows().size(); i += stride) {
        Trajectory.Row row = trajectory.rows().get(i);
        points.add(List.of(row.step(), row.weights()[k]));
      }
      lines.add(new Line(trajectory.classes().get(k), points));
    }
    String which =
        last.length > CLASS_LINES
            ? "the " + CLASS_LINES + " of " + last.length + " classes furthest from 1"
            : "all " + last.length + " classes";
    return ChartData.lines(
        "chart-weights",
        "Weights over the proxy's steps",
        "Lines of the class weights of "
            + which
            + " over "
            + trajectory.rows().size()
            + " recorded steps.",
        "step",
        false,
        lines);
  }

  private static Chart mean(ClassWeights weights) {
    double[] w = weights.weights();
    List<Integer> order =
        IntStream.range(0, w.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer k) -> -w[k]))
            .toList();
    List<String> names = order.stream().map(k -> weights.classes().get(k)).toList();
    return ChartData.bars(
        "chart-mean-weights",
        "Mean weights, used for the model",
        "Bars of the mean class weights, from "
            + names.get(0)
            + " with "
            + Numbers.value(w[order.get(0)])
            + " down to "
            + names.get(names.size() - 1)
            + " with "
            + Numbers.value(w[order.get(order.size() - 1)])
            + ".",
        new Axis(Layout.GROUPED, "", ""),
        names,
        List.of(
            new Bars(
                "weight", "a", order.stream().map(k -> Math.round(w[k] * 1e4) / 1e4).toList())));
  }

  static Section curves(Curve curve) {
    Map<String, List<Point>> byPhase = new LinkedHashMap<>();
    curve.points().forEach(p -> byPhase.computeIfAbsent(p.phase(), k -> new ArrayList<>()).add(p));
    List<Line> lines = new ArrayList<>();
    List<String> words = new ArrayList<>();
    byPhase.forEach(
        (phase, points) -> {
          lines.add(new Line(phase, averaged(points)));
          words.add(phase + " " + lastOf(points));
        });
    boolean log = spansDecades(lines);
    return new Section(
        "curves",
        "Loss curves",
        "Mean squared error of the predicted noise"
            + (log ? ", on a logarithmic axis." : ".")
            + " Losses of weighted and unweighted trainings are not comparable.",
        List.of(
            new Charts(
                false,
                List.of(
                    ChartData.lines(
                        "chart-loss",
                        "Loss",
                        "Lines of the training loss: " + String.join(", ", words) + ".",
                        "step",
                        log,
                        lines)))));
  }

  private static String lastOf(List<Point> points) {
    Point last = points.get(points.size() - 1);
    return "ends at "
        + Numbers.value(last.loss())
        + " after "
        + Numbers.count(last.step())
        + " steps";
  }

  private static boolean spansDecades(List<Line> lines) {
    DoubleSummaryStatistics losses =
        lines.stream()
            .flatMap(line -> line.points().stream())
            .mapToDouble(point -> point.get(1).doubleValue())
            .summaryStatistics();
    return losses.getMin() > 0 && losses.getMax() / losses.getMin() > LOG_RANGE;
  }

  /** Means over equal runs of points, so that a long curve stays light and readable. */
  private static List<List<Number>> averaged(List<Point> points) {
    int stride = Math.max(1, (points.size() + POINTS - 1) / POINTS);
    List<List<Number>> averaged = new ArrayList<>();
    for (int i = 0; i < points.size(); i += stride) {
      List<Point> run = points.subList(i, Math.min(points.size(), i + stride));
      double loss = run.stream().mapToDouble(Point::loss).average().orElse(Double.NaN);
      if (Double.isFinite(loss)) {
        averaged.add(List.of(run.get(run.size() - 1).step(), loss));
      }
    }
    return averaged;
  }
}
