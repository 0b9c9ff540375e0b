package io.winnow.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.Coreset;
import io.winnow.artifact.CoresetMap;
import io.winnow.artifact.Curve;
import io.winnow.artifact.Quarantine;
import io.winnow.artifact.RunRecord;
import io.winnow.artifact.RunRecord.Stage;
import io.winnow.artifact.RunRecord.State;
import io.winnow.artifact.SelectionDiagnostics;
import io.winnow.artifact.SelectionDiagnostics.Share;
import io.winnow.artifact.SpeedUps;
import io.winnow.artifact.SpeedUps.Kind;
import io.winnow.artifact.SpeedUps.SpeedUp;
import io.winnow.report.Page.Block;
import io.winnow.report.Page.Chart;
import io.winnow.report.Page.Charts;
import io.winnow.report.Page.Notes;
import io.winnow.report.Page.Section;
import io.winnow.report.Page.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What stands in the panels of selection, training and costs, number by number. */
class PanelsTest {
  /** Charts of a panel by their ids. */
  static Map<String, Chart> charts(Section section) {
    Map<String, Chart> charts = new LinkedHashMap<>();
    for (Block block : section.blocks()) {
      if (block instanceof Charts group) {
        group.charts().forEach(c -> charts.put(c.id(), c));
      }
    }
    return charts;
  }

  static Table table(Section section) {
    return (Table)
        section.blocks().stream().filter(Table.class::isInstance).findFirst().orElseThrow();
  }

  static List<String> notes(Section section) {
    return section.blocks().stream()
        .filter(Notes.class::isInstance)
        .flatMap(b -> ((Notes) b).lines().stream())
        .toList();
  }

  /** Values of a bar chart by the name of their series. */
  static Map<String, List<Double>> bars(Chart chart) {
    Map<String, List<Double>> series = new LinkedHashMap<>();
    for (Object s : (List<?>) chart.data().get("series")) {
      Map<?, ?> map = (Map<?, ?>) s;
      series.put(
          (String) map.get("name"),
          ((List<?>) map.get("values")).stream().map(v -> ((Number) v).doubleValue()).toList());
    }
    return series;
  }

  static Map<String, List<List<Double>>> lines(Chart chart) {
    Map<String, List<List<Double>>> series = new LinkedHashMap<>();
    for (Object s : (List<?>) chart.data().get("series")) {
      Map<?, ?> map = (Map<?, ?>) s;
      series.put(
          (String) map.get("name"),
          ((List<?>) map.get("points"))
              .stream()
                  .map(p -> ((List<?>) p).stream().map(v -> ((Number) v).doubleValue()).toList())
                  .toList());
    }
    return series;
  }

  private static Coreset.Entry entry(
      String id, int label, String className, double score, boolean kept) {
    return new Coreset.Entry(id, id, "s", label, className, score, kept, "why", 1);
  }

  private static Coreset coreset(Coreset.Entry... entries) {
    return new Coreset(
        new Coreset.Selection(
            "moderate", Map.of(), 0.4, 0, "e", "d", Map.of(), Map.of(), List.of("a note")),
        List.of(entries));
  }

  @Test
  void selection_countsAndHistograms_areThoseOfTheirClass() {
    Section section =
        SelectionPanel.of(
            coreset(
                entry("1", 1, "ant", 5, true),
                entry("2", 0, "zebra", 1, true),
                entry("3", 0, "zebra", 2, false),
                entry("4", 1, "ant", 7, true),
                entry("5", 0, "zebra", 3, false)));
    Map<String, Chart> charts = charts(section);
    Chart counts = charts.get("chart-counts");
    assertThat(counts.data()).containsEntry("labels", List.of("zebra", "ant"));
    assertThat(counts.data()).containsEntry("stack", true).containsEntry("overlay", false);
    assertThat(bars(counts))
        .containsExactly(
            Map.entry("kept", List.of(1.0, 2.0)), Map.entry("dropped", List.of(2.0, 0.0)));
    assertThat(counts.alt()).contains("smallest class keeps 1, the largest 2.");
    Chart zebra = charts.get("chart-scores-0");
    assertThat(zebra.title()).isEqualTo("zebra");
    assertThat(zebra.alt()).contains("1 kept and 2 dropped");
    assertThat(filled(bars(zebra).get("kept"))).containsExactly(0);
    assertThat(filled(bars(zebra).get("dropped"))).containsExactly(12, 23);
    assertThat(filled(bars(charts.get("chart-scores-1")).get("kept"))).containsExactly(0, 23);
    assertThat(filled(bars(charts.get("chart-scores-1")).get("dropped"))).isEmpty();
    assertThat(section.lead()).contains("moderate at ratio 0.4 keeps 3 of 5 images");
    assertThat(notes(section)).containsExactly("a note");
  }

  private static List<Integer> filled(List<Double> bins) {
    return IntStream.range(0, bins.size()).filter(i -> bins.get(i) > 0).boxed().toList();
  }

  @Test
  void selection_plantedKinds_haveTheirOwnShares() {
    Section section =
        SelectionPanel.of(
            coreset(
                entry("a-mislabelled.png", 0, "a", 1, false),
                entry("b-typical.png", 0, "a", 1, true),
                entry("c-typical.png", 0, "a", 1, false),
                entry("d-outlier.png", 0, "a", 1, false),
                entry("e-outlier.png", 0, "a", 1, false),
                entry("f-outlier.png", 0, "a", 1, false),
                entry("g-outlier.png", 0, "a", 1, true),
                entry("h-near-duplicate.png", 0, "a", 1, true)));
    Chart planted = charts(section).get("chart-planted");
    assertThat(planted.data())
        .containsEntry("labels", List.of("typical", "near-duplicate", "outlier", "mislabelled"));
    assertThat(bars(planted)).containsExactly(Map.entry("kept", List.of(50.0, 100.0, 25.0, 0.0)));
    assertThat(planted.alt()).contains("50 % of typical", "25 % of outlier");
  }

  @Test
  void map_pointsByDecisionAndClass_areThoseOfTheirImages() {
    Coreset coreset =
        coreset(
            entry("1", 1, "ant", 5, true),
            entry("2", 0, "zebra", 1, true),
            entry("3", 0, "zebra", 2, false));
    CoresetMap map = new CoresetMap(new float[] {1, 2, 3}, new float[] {-1, 0, 0.123456f}, null);
    Section section = MapPanel.of(coreset, map);
    Map<String, Chart> charts = charts(section);
    assertThat(points(charts.get("chart-map-kept")))
        .containsExactly(
            Map.entry("dropped dropped", List.of(List.of(3.0, 0.1235, "3"))),
            Map.entry("kept kept", List.of(List.of(1.0, -1.0, "1"), List.of(2.0, 0.0, "2"))));
    assertThat(points(charts.get("chart-map-classes")).keySet())
        .containsExactly("zebra l0", "ant l1");
    assertThat(charts.get("chart-map-kept").alt()).isEqualTo("Map of 2 kept and 1 dropped images.");
    assertThat(section.lead()).doesNotContain("are shown");
  }

  /** Points of a map by the name and the tone of their series. */
  private static Map<String, List<?>> points(Chart chart) {
    Map<String, List<?>> series = new LinkedHashMap<>();
    for (Object s : (List<?>) chart.data().get("series")) {
      Map<?, ?> map = (Map<?, ?>) s;
      series.put(map.get("name") + " " + map.get("tone"), (List<?>) map.get("points"));
    }
    return series;
  }

  @Test
  void map_ofManyImagesAndClasses_showsSomeOfThem_theSmallestClassesTogether() {
    Coreset.Entry[] entries =
        IntStream.range(0, 3000)
            .mapToObj(i -> entry("i" + i, i % 20, "c" + i % 20, 1, i % 10 == 0))
            .toArray(Coreset.Entry[]::new);
    entries[19] = entry("i19", 18, "c18", 1, false);
    Section section =
        MapPanel.of(coreset(entries), new CoresetMap(new float[3000], new float[3000], null));
    assertThat(section.lead()).contains("2,000 of 3,000 images are shown.");
    Map<String, List<?>> classes = points(charts(section).get("chart-map-classes"));
    assertThat(classes).hasSize(13).containsKey("c18 l11");
    assertThat(classes.keySet().iterator().next()).isEqualTo("others muted");
    // a tenth is kept, in the set and, as it is in step with nothing, about in what is shown
    assertThat(points(charts(section).get("chart-map-kept")).get("kept kept").size())
        .isBetween(150, 250);
  }

  @Test
  void diagnostics_sharesAndValues_areTheirOwn() {
    Section section =
        DiagnosticsPanel.of(
            new SelectionDiagnostics(
                10,
                3,
                List.of(new Share("ant", 4, 1), new Share("bee", 6, 2)),
                List.of(new Share("cluster 1", 7, 0), new Share("cluster 0", 3, 3)),
                new SelectionDiagnostics.Coverage(1.5, 2.25, 4, 7),
                0.125,
                0.75,
                null,
                3,
                new SelectionDiagnostics.Overlap("other", 2, 0.5, 2.0 / 3, 0.3)));
    assertThat(bars(charts(section).get("chart-class-shares")))
        .containsExactly(Map.entry("kept", List.of(25.0, 33.33)));
    assertThat(bars(charts(section).get("chart-cluster-shares")))
        .containsExactly(Map.entry("kept", List.of(0.0, 100.0)));
    assertThat(table(section).rows())
        .extracting(row -> row.get(0) + " " + row.get(1))
        .containsExactly(
            "Coverage, mean 1.50",
            "Coverage, 95 % 2.25",
            "Coverage, largest 4.00",
            "Frechet distance 0.125",
            "Precision 0.750",
            "In common 0.667");
    Section labels =
        DiagnosticsPanel.of(
            new SelectionDiagnostics(
                4, 1, List.of(new Share("ant", 4, 1)), List.of(), null, null, null, null, 0, null));
    assertThat(charts(labels).keySet()).containsExactly("chart-class-shares");
    assertThat(labels.lead()).contains("only classes are counted");
    assertThat(labels.blocks()).hasSize(1);
  }

  @Test
  void weights_linesAndBars_areThoseOfTheirClass() {
    List<String> classes = List.of("zebra", "ant", "bee");
    ClassWeights.Trajectory trajectory =
        new ClassWeights.Trajectory(
            classes,
            List.of(
                new ClassWeights.Trajectory.Row(10, 0, 1, new double[] {1, 1, 1}),
                new ClassWeights.Trajectory.Row(20, 0.5, 3, new double[] {0.5, 1.75, 0.75})));
    double[] even = {1.0 / 3, 1.0 / 3, 1.0 / 3};
    ClassWeights weights =
        new ClassWeights(
            classes, new double[] {0.6, 1.5, 0.9}, even, even, Map.of(), List.of("a warning"));
    Section section = TrainingPanels.weights(weights, trajectory);
    Map<String, Chart> charts = charts(section);
    assertThat(lines(charts.get("chart-weights")))
        .containsExactly(
            Map.entry("zebra", List.of(List.of(10.0, 1.0), List.of(20.0, 0.5))),
            Map.entry("ant", List.of(List.of(10.0, 1.0), List.of(20.0, 1.75))),
            Map.entry("bee", List.of(List.of(10.0, 1.0), List.of(20.0, 0.75))));
    Chart mean = charts.get("chart-mean-weights");
    assertThat(mean.data()).containsEntry("labels", List.of("ant", "bee", "zebra"));
    assertThat(bars(mean).values()).containsExactly(List.of(1.5, 0.9, 0.6));
    assertThat(mean.alt()).contains("from ant with 1.50 down to zebra with 0.600");
    assertThat(notes(section)).contains("a warning");
    assertThat(section.lead()).doesNotContain("learnt");
  }

  @Test
  void weights_withoutAWarning_saidToBeLearnt_withTheDistanceOfTheirMargins() {
    double[] even = {0.5, 0.5};
    Map<String, Object> apart = Map.of("learnt", true, "signalToNoise", 2.46);
    List<String> classes = List.of("ant", "bee");
    Section section =
        TrainingPanels.weights(
            new ClassWeights(classes, new double[] {1.2, 0.8}, even, even, apart, List.of()), null);
    assertThat(section.lead())
        .contains("These were learnt: the classes' mean margins end 2.5 standard errors apart.");
    Section not =
        TrainingPanels.weights(
            new ClassWeights(
                classes, even, even, even, Map.of("learnt", false), List.of("too few")),
            null);
    assertThat(not.lead()).contains("These were not learnt: see the note below.");
  }

  @Test
  void weights_ofInverseFrequency_areNotSaidToBeLearnt() {
    double[] even = {0.5, 0.5};
    Map<String, Object> rule = Map.of("rule", "inverse-frequency");
    Section section =
        TrainingPanels.weights(
            new ClassWeights(List.of("ant", "bee"), even, even, even, rule, List.of()), null);
    assertThat(section.lead())
        .contains("All classes count alike", "Nothing was learnt")
        .doesNotContain("harder than");
  }

  @Test
  void weights_ofManyClasses_showTheTwelveFurthestFromOne() {
    List<String> classes = IntStream.range(0, 20).mapToObj(k -> "c" + k).toList();
    double[] row = IntStream.range(0, 20).mapToDouble(k -> 1 + 0.01 * (k - 6.5)).toArray();
    Section section =
        TrainingPanels.weights(
            null,
            new ClassWeights.Trajectory(
                classes, List.of(new ClassWeights.Trajectory.Row(1, 0, 1, row))));
    assertThat(lines(charts(section).get("chart-weights")).keySet())
        .containsExactly(
            "c0", "c1", "c2", "c11", "c12", "c13", "c14", "c15", "c16", "c17", "c18", "c19");
  }

  private static Curve.Point point(String phase, long step, double loss) {
    return new Curve.Point(phase, step, 1, loss, 77, 88, 99, 66);
  }

  @Test
  void curves_ofEveryPhase_areItsOwnLosses() {
    Curve curve =
        new Curve(
            List.of(
                point("reference", 10, 0.5),
                point("model", 10, 0.75),
                point("reference", 20, 0.25),
                point("model", 30, 0.625)));
    Chart loss = charts(TrainingPanels.curves(curve)).get("chart-loss");
    assertThat(lines(loss))
        .containsExactly(
            Map.entry("reference", List.of(List.of(10.0, 0.5), List.of(20.0, 0.25))),
            Map.entry("model", List.of(List.of(10.0, 0.75), List.of(30.0, 0.625))));
    assertThat(loss.data()).containsEntry("log", false);
    assertThat(loss.alt())
        .contains("reference ends at 0.250 after 20 steps", "model ends at 0.625 after 30 steps");
    List<Curve.Point> wide = List.of(point("model", 1, 0.9), point("model", 2, 0.1));
    assertThat(charts(TrainingPanels.curves(new Curve(wide))).get("chart-loss").data())
        .containsEntry("log", true);
  }

  @Test
  void curves_ofManyPoints_areMeansOverRuns_atTheirLastStep() {
    List<Curve.Point> points = new ArrayList<>();
    for (int step = 1; step <= 800; step++) {
      points.add(point("model", step, step));
    }
    List<List<Double>> line =
        lines(charts(TrainingPanels.curves(new Curve(points))).get("chart-loss")).get("model");
    assertThat(line).hasSize(400).startsWith(List.of(2.0, 1.5)).endsWith(List.of(800.0, 799.5));
  }

  @Test
  void speedUps_ofEveryKind_areFullOverCoreset() {
    SpeedUps speedUps =
        new SpeedUps(
            List.of(
                new SpeedUp(Kind.TRAINING_RUN, 600, 120, 9000, 1000, false, "by rate"),
                new SpeedUp(Kind.END_TO_END, 600, 240, 9000, 4500, true, "with all")));
    assertThat(table(CostPanels.speedUps(speedUps)).rows())
        .containsExactly(
            List.of(
                "Per training run",
                "5.00×",
                "9.00×",
                "10 min 0 s (predicted)",
                "2 min 0 s",
                "9,000",
                "1,000",
                "by rate"),
            List.of(
                "End to end",
                "2.50×",
                "2.00×",
                "10 min 0 s",
                "4 min 0 s",
                "9,000",
                "4,500",
                "with all"));
    assertThat(CostPanels.name(Kind.EQUAL_STEPS)).isEqualTo("At equal steps");
  }

  @Test
  void stages_inTheOrderOfTheirStart_haveTheirOwnTimes() {
    RunRecord run =
        new RunRecord(
            "r",
            "h",
            Map.of(
                "train",
                    new Stage(State.DONE, Map.of(), Map.of(), 40, 800, "2026-01-01T00", "once"),
                "encode",
                    new Stage(State.RUNNING, Map.of(), Map.of(), 5, 0, "2026-01-01T01", null)),
            Map.of(),
            Map.of());
    Section section = CostPanels.stages(run);
    assertThat(table(section).rows())
        .containsExactly(
            List.of("train", "done", "40 s", "800", "20.00", "once"),
            List.of("encode", "running", "5.0 s", "0", "–", ""));
    Chart chart = charts(section).get("chart-stages");
    assertThat(chart.data()).containsEntry("labels", List.of("train", "encode"));
    assertThat(bars(chart).values()).containsExactly(List.of(40.0, 5.0));
    assertThat(chart.alt()).contains("2 stages, 45 s in all");
  }

  @Test
  void quarantine_namesImagesWithTheirReasons() {
    Section section =
        CostPanels.quarantine(
            new Quarantine(
                1200,
                List.of(new Quarantine.Bad("a.png", "cut"), new Quarantine.Bad("b.png", "empty"))));
    assertThat(section.lead()).startsWith("2 of 1,200 images could not be used");
    assertThat(table(section).rows())
        .containsExactly(List.of("a.png", "cut"), List.of("b.png", "empty"));
  }
}
