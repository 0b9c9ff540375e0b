package io.winnow.report;

import io.winnow.artifact.Memorisation;
import io.winnow.report.ChartData.Axis;
import io.winnow.report.ChartData.Bars;
import io.winnow.report.ChartData.Layout;
import io.winnow.report.Page.Block;
import io.winnow.report.Page.Charts;
import io.winnow.report.Page.Picture;
import io.winnow.report.Page.PictureRow;
import io.winnow.report.Page.Pictures;
import io.winnow.report.Page.Section;
import io.winnow.report.Page.Table;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Whether samples are copies: their nearest training images against those of held-out images. */
final class MemorisationPanel {
  private static final int BINS = 30;
  private static final int PAIRS = 12;

  private MemorisationPanel() {}

  static Section of(Memorisation memorisation, Path reportData) {
    double[] samples = sorted(memorisation.samples());
    double[] heldOut = sorted(memorisation.heldOut());
    List<Block> blocks = new ArrayList<>();
    if (samples.length > 0) {
      blocks.add(new Charts(false, List.of(chart(samples, heldOut))));
      blocks.add(quantiles(samples, heldOut));
    }
    List<PictureRow> pairs = pairs(memorisation, reportData);
    if (!pairs.isEmpty()) {
      blocks.add(new Pictures("Closest pairs: sample and nearest training image", pairs));
    }
    return new Section(
        "memorisation", "Memorisation", lead(memorisation, samples, heldOut), blocks);
  }

  private static String lead(Memorisation memorisation, double[] samples, double[] heldOut) {
    String space =
        "Distance to the nearest of "
            + Numbers.count(memorisation.trainingImages())
            + " training images, in the space of "
            + memorisation.encoder()
            + ".";
    if (samples.length == 0 || heldOut.length == 0) {
      return space;
    }
    double limit = quantile(heldOut, 0.01);
    long below = Arrays.stream(samples).filter(d -> d < limit).count();
    double share = Math.round(1000.0 * below / samples.length) / 1000.0;
    return space
        + " "
        + Numbers.percent(share)
        + " of the samples lie closer than the closest 1 % of held-out images; about 1 % is what a"
        + " model that copies nothing shows.";
  }

  private static Page.Chart chart(double[] samples, double[] heldOut) {
    double[] both = new double[samples.length + heldOut.length];
    System.arraycopy(samples, 0, both, 0, samples.length);
    System.arraycopy(heldOut, 0, both, samples.length, heldOut.length);
    Histogram bins = new Histogram(both, BINS);
    List<Bars> series = new ArrayList<>();
    series.add(new Bars("samples", "a", bins.percentages(samples)));
    if (heldOut.length > 0) {
      series.add(new Bars("held-out images", "muted", bins.percentages(heldOut)));
    }
    return ChartData.bars(
        "chart-memorisation",
        "Nearest-training-image distance",
        "Histograms of nearest distances; the median of the samples is "
            + Numbers.value(quantile(samples, 0.5))
            + (heldOut.length == 0
                ? "."
                : ", that of held-out images " + Numbers.value(quantile(heldOut, 0.5)) + "."),
        new Axis(Layout.OVERLAID, "%", "distance"),
        bins.labels(),
        series);
  }

  private static Table quantiles(double[] samples, double[] heldOut) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(row("samples", samples));
    if (heldOut.length > 0) {
      rows.add(row("held-out images", heldOut));
    }
    return new Table(
        null,
        List.of("", "Images", "Closest", "1 %", "Median", "99 %"),
        List.of(false, true, true, true, true, true),
        rows);
  }

  private static List<String> row(String name, double[] sorted) {
    return List.of(
        name,
        Numbers.count(sorted.length),
        Numbers.value(sorted[0]),
        Numbers.value(quantile(sorted, 0.01)),
        Numbers.value(quantile(sorted, 0.5)),
        Numbers.value(quantile(sorted, 0.99)));
  }

  private static List<PictureRow> pairs(Memorisation memorisation, Path reportData) {
    List<PictureRow> rows = new ArrayList<>();
    for (Memorisation.Pair pair : memorisation.closest()) {
      List<Picture> pictures = new ArrayList<>();
      PictureBytes.dataUri(reportData.resolve(pair.samplePng()))
          .ifPresent(uri -> pictures.add(new Picture(uri, "Generated sample", "sample")));
      PictureBytes.dataUri(reportData.resolve(pair.trainingPng()))
          .ifPresent(
              uri ->
                  pictures.add(
                      new Picture(uri, "Training image " + pair.trainingId(), "training")));
      if (pictures.size() == 2 && rows.size() < PAIRS) {
        String name = pair.className() == null ? "" : pair.className() + ", ";
        rows.add(new PictureRow(name + Numbers.value(pair.distance()), "", pictures));
      }
    }
    return rows;
  }

  private static double[] sorted(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
  }

  private static double quantile(double[] sorted, double q) {
    return sorted[(int) Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
  }
}
