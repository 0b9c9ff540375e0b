package io.winnow.report;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.Coreset.Entry;
import io.winnow.report.ChartData.Axis;
import io.winnow.report.ChartData.Bars;
import io.winnow.report.ChartData.Layout;
import io.winnow.report.Page.Block;
import io.winnow.report.Page.Chart;
import io.winnow.report.Page.Charts;
import io.winnow.report.Page.Notes;
import io.winnow.report.Page.Section;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What was kept and what was dropped: counts, scores, and planted kinds where there are any. */
final class SelectionPanel {
  private static final int BINS = 24;
  private static final int HISTOGRAMS = 24;

  /** How the generated data set {@code shapes} names the kind of an image in its id. */
  private static final Pattern KIND =
      Pattern.compile("[-_](typical|near-duplicate|outlier|mislabelled)(\\.\\w+)?$");

  private final Coreset coreset;
  private final Map<String, List<Entry>> byClass;

  private SelectionPanel(Coreset coreset) {
    this.coreset = coreset;
    this.byClass = grouped(coreset.entries(), Entry::className);
  }

  static Section of(Coreset coreset) {
    return new SelectionPanel(coreset).section();
  }

  private Section section() {
    List<Block> blocks = new ArrayList<>();
    List<Chart> overview = new ArrayList<>();
    overview.add(counts());
    if (isPlanted()) {
      overview.add(planted());
    }
    blocks.add(new Charts(false, overview));
    List<Chart> histograms = histograms();
    if (histograms.isEmpty()) {
      blocks.add(
          new Notes(false, List.of("The method gives no scores, so there is no histogram.")));
    } else {
      blocks.add(new Charts(true, histograms));
    }
    if (byClass.size() > HISTOGRAMS && !histograms.isEmpty()) {
      blocks.add(
          new Notes(
              false,
              List.of(
                  "Histograms of the first "
                      + HISTOGRAMS
                      + " classes of "
                      + byClass.size()
                      + "; all scores are in coreset.parquet.")));
    }
    if (!coreset.selection().notes().isEmpty()) {
      blocks.add(new Notes(true, coreset.selection().notes()));
    }
    return new Section("selection", "Kept and dropped", lead(), blocks);
  }

  private String lead() {
    Coreset.Selection s = coreset.selection();
    int kept = coreset.kept().length;
    return "Method "
        + s.method()
        + " at ratio "
        + s.ratio()
        + " keeps "
        + Numbers.count(kept)
        + " of "
        + Numbers.count(coreset.entries().size())
        + " images. Scores at the far ends are counted in the outermost bins.";
  }

  private Chart counts() {
    List<Long> kept = new ArrayList<>();
    List<Long> dropped = new ArrayList<>();
    byClass.forEach(
        (name, members) -> {
          long n = members.stream().filter(Entry::kept).count();
          kept.add(n);
          dropped.add(members.size() - n);
        });
    return ChartData.bars(
        "chart-counts",
        "Images per class",
        "Stacked bars of kept and dropped images for "
            + byClass.size()
            + " classes; the smallest"
            + " class keeps "
            + Numbers.count(kept.stream().mapToLong(n -> n).min().orElse(0))
            + ", the largest "
            + Numbers.count(kept.stream().mapToLong(n -> n).max().orElse(0))
            + ".",
        new Axis(Layout.STACKED, "", ""),
        List.copyOf(byClass.keySet()),
        List.of(new Bars("kept", "kept", kept), new Bars("dropped", "dropped", dropped)));
  }

  private boolean isPlanted() {
    return !coreset.entries().isEmpty()
        && coreset.entries().stream().allMatch(e -> KIND.matcher(e.id()).find());
  }

  private Chart planted() {
    Map<String, List<Entry>> byKind = new LinkedHashMap<>();
    for (String kind : List.of("typical", "near-duplicate", "outlier", "mislabelled")) {
      byKind.put(kind, new ArrayList<>());
    }
    coreset.entries().forEach(e -> byKind.get(kind(e)).add(e));
    byKind.values().removeIf(List::isEmpty);
    List<Double> shares = new ArrayList<>();
    List<String> words = new ArrayList<>();
    byKind.forEach(
        (kind, members) -> {
          double share = (double) members.stream().filter(Entry::kept).count() / members.size();
          shares.add(Math.round(share * 1e4) / 100.0);
          words.add(Numbers.percent(Math.round(share * 1e3) / 1e3) + " of " + kind);
        });
    return ChartData.bars(
        "chart-planted",
        "Share kept by planted kind",
        "Of the images planted in the generated data set are kept: "
            + String.join(", ", words)
            + ".",
        new Axis(Layout.HORIZONTAL, "%", ""),
        List.copyOf(byKind.keySet()),
        List.of(new Bars("kept", "kept", shares)));
  }

  private static String kind(Entry entry) {
    Matcher matcher = KIND.matcher(entry.id());
    return matcher.find() ? matcher.group(1) : "";
  }

  private List<Chart> histograms() {
    List<Chart> charts = new ArrayList<>();
    byClass.forEach(
        (name, members) -> {
          double[] all = scores(members, null);
          if (all.length > 0 && charts.size() < HISTOGRAMS) {
            charts.add(histogram(charts.size(), name, all, members));
          }
        });
    return charts;
  }

  private static Chart histogram(int index, String name, double[] all, List<Entry> members) {
    Histogram bins = new Histogram(all, BINS);
    double[] kept = scores(members, true);
    return ChartData.bars(
        "chart-scores-" + index,
        name,
        "Histogram of the scores of class "
            + name
            + ": "
            + Numbers.count(kept.length)
            + " kept and "
            + Numbers.count(all.length - kept.length)
            + " dropped images.",
        new Axis(Layout.HISTOGRAM, "", "score"),
        bins.labels(),
        List.of(
            new Bars("kept", "kept", boxed(bins.counts(kept))),
            new Bars("dropped", "dropped", boxed(bins.counts(scores(members, false))))));
  }

  private static List<Long> boxed(long[] values) {
    return java.util.Arrays.stream(values).boxed().toList();
  }

  private static double[] scores(List<Entry> members, Boolean kept) {
    return members.stream()
        .filter(e -> kept == null || e.kept() == kept)
        .mapToDouble(Entry::score)
        .filter(Double::isFinite)
        .toArray();
  }

  private static Map<String, List<Entry>> grouped(
      List<Entry> entries, Function<Entry, String> key) {
    Map<Integer, String> names = new java.util.TreeMap<>();
    entries.forEach(e -> names.put(e.label(), key.apply(e)));
    Map<String, List<Entry>> groups = new LinkedHashMap<>();
    names.values().forEach(name -> groups.put(name, new ArrayList<>()));
    entries.forEach(e -> groups.get(key.apply(e)).add(e));
    return groups;
  }
}
