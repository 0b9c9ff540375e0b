package io.winnow.report;

import io.winnow.artifact.Coreset;
import io.winnow.artifact.Coreset.Entry;
import io.winnow.artifact.CoresetMap;
import io.winnow.report.ChartData.Points;
import io.winnow.report.Page.Charts;
import io.winnow.report.Page.Section;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Where kept and dropped images lie among each other. */
final class MapPanel {
  /** Points that a page can carry and a reader can tell apart. */
  private static final int SHOWN = 2000;

  /** Colours that can be told apart; smaller classes share a muted one. */
  private static final int COLOURS = 12;

  private final Coreset coreset;
  private final CoresetMap map;
  private final int[] shown;

  private MapPanel(Coreset coreset, CoresetMap map) {
    this.coreset = coreset;
    this.map = map;
    this.shown = shown(coreset.entries().size());
  }

  static Section of(Coreset coreset, CoresetMap map) {
    return new MapPanel(coreset, map).section();
  }

  /** All, or so many spread over the set without the period that its order may have. */
  private static int[] shown(int count) {
    return IntStream.range(0, count)
        .boxed()
        .sorted(Comparator.comparingLong((Integer i) -> mixed(i)).thenComparing(i -> i))
        .limit(SHOWN)
        .mapToInt(i -> i)
        .sorted()
        .toArray();
  }

  /** The last step of SplitMix64. */
  private static long mixed(long i) {
    long z = (i + 1) * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  private Section section() {
    int all = coreset.entries().size();
    String drawn =
        shown.length < all
            ? " " + Numbers.count(shown.length) + " of " + Numbers.count(all) + " images are shown."
            : "";
    return new Section(
        "map",
        "Map",
        "Images by the two leading principal directions of their features: what lies apart here"
            + " is unlike, what lies together may differ in other directions."
            + drawn
            + " Viewers of embeddings open coreset.parquet with x, y and neighbors.",
        List.of(new Charts(false, List.of(byDecision(), byClass()))));
  }

  private Page.Chart byDecision() {
    Points dropped = points("dropped", "dropped", i -> !entry(i).kept());
    Points kept = points("kept", "kept", i -> entry(i).kept());
    return ChartData.points(
        "chart-map-kept",
        "Kept and dropped",
        "Map of "
            + Numbers.count(kept.points().size())
            + " kept and "
            + Numbers.count(dropped.points().size())
            + " dropped images.",
        List.of(dropped, kept));
  }

  private Page.Chart byClass() {
    List<String> classes = largestClasses();
    List<Points> series = new ArrayList<>();
    for (int c = 0; c < classes.size(); c++) {
      String name = classes.get(c);
      series.add(points(name, "l" + c, i -> entry(i).className().equals(name)));
    }
    Points others = points("others", "muted", i -> !classes.contains(entry(i).className()));
    if (!others.points().isEmpty()) {
      series.add(0, others);
    }
    return ChartData.points(
        "chart-map-classes",
        "Classes",
        "Map of the same images by class: " + String.join(", ", classes) + ".",
        series);
  }

  /** In the order of their labels. */
  private List<String> largestClasses() {
    Map<Integer, Long> sizes =
        coreset.entries().stream()
            .collect(Collectors.groupingBy(Entry::label, TreeMap::new, Collectors.counting()));
    Map<Integer, String> names = new TreeMap<>();
    coreset.entries().forEach(e -> names.put(e.label(), e.className()));
    return sizes.entrySet().stream()
        .sorted(Map.Entry.<Integer, Long>comparingByValue().reversed())
        .limit(COLOURS)
        .map(Map.Entry::getKey)
        .sorted()
        .map(names::get)
        .toList();
  }

  private Entry entry(int i) {
    return coreset.entries().get(i);
  }

  private Points points(String name, String tone, IntPredicate wanted) {
    List<List<Object>> points =
        IntStream.of(shown)
            .filter(wanted)
            .mapToObj(i -> List.<Object>of(rounded(map.x()[i]), rounded(map.y()[i]), entry(i).id()))
            .toList();
    return new Points(name, tone, points);
  }

  /** To four digits, which is finer than a pixel. */
  private static double rounded(float value) {
    return new BigDecimal(value).round(new MathContext(4)).doubleValue();
  }
}
