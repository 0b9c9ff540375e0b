package io.winnow.report;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import io.winnow.artifact.Coreset;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.SpeedUps;
import io.winnow.config.OrNull;
import io.winnow.files.AtomicFile;
import io.winnow.files.Json;
import io.winnow.report.Page.Section;
import io.winnow.report.Page.Tile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Makes {@code report.html} out of a run folder: one page with everything in it. */
public final class Report {
  private static final String ECHARTS =
      "/META-INF/resources/webjars/echarts/5.5.0/echarts.common.min.js";

  private final RunFiles files;
  private final List<Section> sections = new ArrayList<>();
  private final List<String> missing = new ArrayList<>();

  private Report(RunFiles files) {
    this.files = files;
  }

  /**
   * Writes {@code report.html} into a run folder.
   *
   * @throws IllegalArgumentException when there is no such folder, nothing of a run in it, or an
   *     artifact is damaged
   */
  public static void write(Path runFolder) {
    render(
        new Report(RunFiles.of(runFolder)).page(), "Run report", new RunLayout(runFolder).report());
  }

  /**
   * Writes a page as one file, atomically.
   *
   * @param kicker what kind of page it is
   */
  static void render(Page page, String kicker, Path file) {
    StringOutput html = new StringOutput();
    Map<String, Object> parameters = new LinkedHashMap<>();
    parameters.put("page", page);
    parameters.put("kicker", kicker);
    parameters.put("charts", chartData(page));
    parameters.put("style", resource("report.css"));
    parameters.put("script", resource("report.js"));
    parameters.put("echarts", resource(ECHARTS));
    TemplateEngine.createPrecompiled(
            null, ContentType.Html, Report.class.getClassLoader(), "io.winnow.report.pages")
        .render("report.jte", parameters, html);
    byte[] bytes = html.toString().getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(file, out -> out.write(bytes));
  }

  private Page page() {
    boolean weighted = files.classWeights() != null || files.trajectory() != null;
    add(files.coreset(), "Kept and dropped (coreset.parquet)", SelectionPanel::of);
    add(files.diagnostics(), "What is covered (diagnostics.json)", DiagnosticsPanel::of);
    add(files.map(), "Map (x, y of coreset.parquet)", map -> MapPanel.of(files.coreset(), map));
    add(
        files.gallery(),
        "Gallery (report-data/gallery.json)",
        g -> PicturePanels.gallery(g, files.reportData()));
    add(
        weighted ? files : null,
        "Class weights (class-weights.json, class-weights.csv)",
        f -> TrainingPanels.weights(f.classWeights(), f.trajectory()));
    add(files.curve(), "Loss curves (metrics.jsonl)", TrainingPanels::curves);
    add(
        files.samples(),
        "Samples (samples/)",
        samples -> PicturePanels.samples(samples, classes(files.coreset())));
    add(files.metrics(), "Metrics (metrics.json)", EvaluationPanels::metrics);
    addFound(
        "Class-wise distances (class-wise metrics in metrics.json)",
        () -> Optional.ofNullable(files.metrics()).flatMap(EvaluationPanels::classWise));
    addFound(
        "Class agreement (class-agreement in metrics.json)",
        () -> Optional.ofNullable(files.metrics()).flatMap(EvaluationPanels::agreementByClass));
    add(
        files.memorisation(),
        "Memorisation (memorisation.json)",
        m -> MemorisationPanel.of(m, files.reportData()));
    add(files.speedUps(), "Speed-up (speed-ups.json)", CostPanels::speedUps);
    add(files.run(), "Time per stage (run.json)", CostPanels::stages);
    add(files.quarantine(), "Quarantined images (quarantine.json)", CostPanels::quarantine);
    add(
        files.run() == null && files.recipe() == null ? null : files,
        "Recipe and versions (recipe.yaml, run.json)",
        CostPanels::origins);
    return new Page(title(), summary(), tiles(), sections, missing);
  }

  private <T> void add(
      @OrNull T artifact, String name, java.util.function.Function<T, Section> panel) {
    addFound(name, () -> Optional.ofNullable(artifact).map(panel));
  }

  private void addFound(String name, Supplier<Optional<Section>> panel) {
    panel.get().ifPresentOrElse(sections::add, () -> missing.add(name));
  }

  private String title() {
    return files.run() == null
        ? files.folder().toAbsolutePath().normalize().getFileName().toString()
        : files.run().name();
  }

  private String summary() {
    if (files.coreset() == null) {
      return "A run of Winnow.";
    }
    Coreset.Selection s = files.coreset().selection();
    return "Diffusion training on "
        + Numbers.percent(share(files.coreset()))
        + " of the data, chosen by "
        + s.method()
        + (files.classWeights() == null ? "." : " and reweighted by class.");
  }

  private static double share(Coreset coreset) {
    double share = (double) coreset.kept().length / Math.max(1, coreset.entries().size());
    return Math.round(share * 1000) / 1000.0;
  }

  private List<Tile> tiles() {
    List<Tile> tiles = new ArrayList<>();
    if (files.coreset() != null) {
      tiles.add(
          new Tile(
              "Images kept",
              Numbers.percent(share(files.coreset())),
              Numbers.count(files.coreset().kept().length)
                  + " of "
                  + Numbers.count(files.coreset().entries().size())));
    }
    if (files.metrics() != null) {
      EvaluationPanels.headline(files.metrics()).ifPresent(m -> tiles.add(distance(m)));
      EvaluationPanels.agreement(files.metrics())
          .ifPresent(
              m ->
                  tiles.add(
                      new Tile(
                          "Class agreement",
                          Numbers.percent(Math.round(m.value() * 1000) / 1000.0),
                          "of " + Numbers.count(m.n()) + " samples")));
    }
    speedUpTile().ifPresent(tiles::add);
    if (files.run() != null) {
      tiles.add(
          new Tile(
              "Working time",
              Numbers.duration(CostPanels.total(files.run())),
              files.run().stages().size() + " stages"));
    }
    if (files.quarantine() != null) {
      tiles.add(
          new Tile(
              "Quarantined",
              Numbers.count(files.quarantine().bad().size()),
              "of " + Numbers.count(files.quarantine().samples()) + " images"));
    }
    return tiles;
  }

  private Tile distance(io.winnow.artifact.Metric m) {
    String floor =
        EvaluationPanels.floor(files.metrics(), m)
            .map(f -> EvaluationPanels.atCount(f) + Numbers.value(f.value()))
            .orElse("");
    return new Tile(m.name(), Numbers.value(m.value()), Numbers.count(m.n()) + " samples" + floor);
  }

  private Optional<Tile> speedUpTile() {
    if (files.speedUps() == null) {
      return Optional.empty();
    }
    Map<SpeedUps.Kind, Double> byKind = new TreeMap<>();
    files.speedUps().speedUps().forEach(s -> byKind.put(s.kind(), CostPanels.inTime(s)));
    Double run = byKind.get(SpeedUps.Kind.TRAINING_RUN);
    Double whole = byKind.get(SpeedUps.Kind.END_TO_END);
    return run == null
        ? Optional.empty()
        : Optional.of(
            new Tile(
                "Speed-up",
                Numbers.times(run),
                "per training run"
                    + (whole == null ? "" : "; " + Numbers.times(whole) + " end to end")));
  }

  private static List<String> classes(@OrNull Coreset coreset) {
    if (coreset == null) {
      return List.of();
    }
    Map<Integer, String> names = new TreeMap<>();
    coreset.entries().forEach(e -> names.put(e.label(), e.className()));
    return List.copyOf(names.values());
  }

  /** Data of all charts as JSON that cannot end the script element it stands in. */
  private static String chartData(Page page) {
    List<Map<String, Object>> charts = new ArrayList<>();
    for (Section section : page.sections()) {
      for (Page.Block block : section.blocks()) {
        if (block instanceof Page.Charts group) {
          group
              .charts()
              .forEach(
                  c ->
                      charts.add(
                          Map.of(
                              "id",
                              c.id(),
                              "kind",
                              c.kind(),
                              "small",
                              group.small(),
                              "data",
                              c.data())));
        }
      }
    }
    return Json.string(charts).replace("<", "\\u003c");
  }

  private static String resource(String name) {
    try (InputStream in = Report.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is not on the class path");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      if (text.contains("</script") || text.contains("</style")) {
        throw new IllegalStateException(name + " cannot stand inside a page");
      }
      return text;
    } catch (IOException e) {
      throw new UncheckedIOException(name + ": could not be read", e);
    }
  }
}
