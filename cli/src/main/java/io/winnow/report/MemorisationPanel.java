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
import java.util.List;

/** Whether samples are copies: their nearest training images against those of held-out images. */
final class MemorisationPanel {
  private static final int BINS = 30;
  private static final int PAIRS = 12;

  private MemorisationPanel() {}

  static Section of(Memorisation memorisation, Path reportData) {
    List<Double> samples = memorisation.samples();
    List<Double> heldOut = memorisation.heldOut();
    List<Block> blocks = new ArrayList<>();
    if (!samples.isEmpty()) {
      blocks.add(new Charts(false, List.of(chart(samples, heldOut))));
      blocks.add(quantiles(samples, heldOut));
    }
    List<PictureRow> pairs = pairs(memorisation, reportData);
    if (!pairs.isEmpty()) {
      blocks.add(new Pictures("Closest pairs: sample and nearest training image", pairs));
    } else if (!memorisation.closest().isEmpty()) {
      blocks.add(named(memorisation.closest()));
    }
    return new Section("memorisation", "Memorisation", lead(memorisation), blocks);
  }

  private static String lead(Memorisation memorisation) {
    String space =
        "Distance to the nearest of "
            + Numbers.count(memorisation.trainingImages())
            + " training images, in the space of "
            + memorisation.encoder()
            + ".";
    if (memorisation.samples().isEmpty() || memorisation.heldOut().isEmpty()) {
      return space;
    }
    double share = Math.round(1000 * memorisation.shareCloserThanHeldOut()) / 1000.0;
    return space
        + " "
        + Numbers.percent(share)
        + " of the samples lie closer than the closest 1 % of held-out images; about 1 % is what a"
        + " model that copies nothing shows.";
  }

  private static Page.Chart chart(List<Double> samples, List<Double> heldOut) {
    List<Double> both = new ArrayList<>(samples);
    both.addAll(heldOut);
    Histogram bins = new Histogram(values(both), BINS);
    List<Bars> series = new ArrayList<>();
    series.add(new Bars("samples", "a", bins.percentages(values(samples))));
    if (!heldOut.isEmpty()) {
      series.add(new Bars("held-out images", "muted", bins.percentages(values(heldOut))));
    }
    return ChartData.bars(
        "chart-memorisation",
        "Nearest-training-image distance",
        "Histograms of nearest distances; the median of the samples is "
            + Numbers.value(Memorisation.quantile(samples, 0.5))
            + (heldOut.isEmpty()
                ? "."
                : ", that of held-out images "
                    + Numbers.value(Memorisation.quantile(heldOut, 0.5))
                    + "."),
        new Axis(Layout.OVERLAID, "%", "distance"),
        bins.labels(),
        series);
  }

  private static Table quantiles(List<Double> samples, List<Double> heldOut) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(row("samples", samples));
    if (!heldOut.isEmpty()) {
      rows.add(row("held-out images", heldOut));
    }
    return new Table(
        null,
        List.of("", "Images", "Closest", "1 %", "Median", "99 %"),
        List.of(false, true, true, true, true, true),
        rows);
  }

  private static List<String> row(String name, List<Double> distances) {
    return List.of(
        name,
        Numbers.count(distances.size()),
        Numbers.value(Memorisation.quantile(distances, 0)),
        Numbers.value(Memorisation.quantile(distances, 0.01)),
        Numbers.value(Memorisation.quantile(distances, 0.5)),
        Numbers.value(Memorisation.quantile(distances, 0.99)));
  }

  /** Pairs of which there are no pictures, by what they are called. */
  private static Table named(List<Memorisation.Pair> pairs) {
    return new Table(
        null,
        List.of("Closest samples", "Nearest training image", "Distance"),
        List.of(false, false, true),
        pairs.stream()
            .limit(PAIRS)
            .map(
                p ->
                    List.of(
                        p.sampleId() == null ? "" : p.sampleId(),
                        p.trainingId(),
                        Numbers.value(p.distance())))
            .toList());
  }

  private static List<PictureRow> pairs(Memorisation memorisation, Path reportData) {
    List<PictureRow> rows = new ArrayList<>();
    for (Memorisation.Pair pair : memorisation.closest()) {
      if (pair.samplePng() == null || pair.trainingPng() == null) {
        continue;
      }
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

  private static double[] values(List<Double> list) {
    return list.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
