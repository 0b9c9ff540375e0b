package io.winnow.report;

import io.winnow.artifact.Quarantine;
import io.winnow.artifact.RunRecord;
import io.winnow.artifact.RunRecord.Stage;
import io.winnow.artifact.SpeedUps;
import io.winnow.artifact.SpeedUps.SpeedUp;
import io.winnow.report.ChartData.Axis;
import io.winnow.report.ChartData.Bars;
import io.winnow.report.ChartData.Layout;
import io.winnow.report.Page.Block;
import io.winnow.report.Page.Chart;
import io.winnow.report.Page.Charts;
import io.winnow.report.Page.Code;
import io.winnow.report.Page.Notes;
import io.winnow.report.Page.Section;
import io.winnow.report.Page.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What it cost, what was left out, and from what it was made. */
final class CostPanels {
  private static final int NAMED = 200;

  private CostPanels() {}

  static Section speedUps(SpeedUps speedUps) {
    List<List<String>> rows =
        speedUps.speedUps().stream()
            .map(
                s ->
                    List.of(
                        name(s.kind()),
                        Numbers.times(inTime(s)),
                        Numbers.times((double) s.fullImages() / s.coresetImages()),
                        Numbers.duration(s.fullSeconds()) + (s.measured() ? "" : " (predicted)"),
                        Numbers.duration(s.coresetSeconds()),
                        Numbers.count(s.fullImages()),
                        Numbers.count(s.coresetImages()),
                        s.basis()))
            .toList();
    return new Section(
        "speed-ups",
        "Speed-up",
        "Full data against the coreset, counted three ways: one training of the model (the paper's"
            + " number), everything including encoder, reference and proxy, and the same number of"
            + " steps on both sides.",
        List.of(
            new Table(
                null,
                List.of(
                    "",
                    "In time",
                    "In images",
                    "Full data",
                    "Coreset",
                    "Images, full",
                    "Images, coreset",
                    "Basis"),
                List.of(false, true, true, true, true, true, true, false),
                rows)));
  }

  static String name(SpeedUps.Kind kind) {
    return switch (kind) {
      case TRAINING_RUN -> "Per training run";
      case END_TO_END -> "End to end";
      case EQUAL_STEPS -> "At equal steps";
    };
  }

  static double inTime(SpeedUp s) {
    return s.fullSeconds() / s.coresetSeconds();
  }

  static Section stages(RunRecord run) {
    List<Map.Entry<String, Stage>> stages =
        run.stages().entrySet().stream()
            .sorted(Comparator.comparing(e -> e.getValue().started()))
            .toList();
    return new Section(
        "stages",
        "Time per stage",
        "Working time, summed over resumed attempts.",
        List.of(
            new Charts(false, List.of(seconds(stages, total(run)))),
            new Table(
                null,
                List.of("Stage", "State", "Time", "Images", "Images/s", "Note"),
                List.of(false, false, true, true, true, false),
                stages.stream().map(e -> row(e.getKey(), e.getValue())).toList())));
  }

  private static Chart seconds(List<Map.Entry<String, Stage>> stages, double total) {
    List<Double> seconds =
        stages.stream().map(e -> Math.round(e.getValue().seconds() * 10) / 10.0).toList();
    return ChartData.bars(
        "chart-stages",
        "Seconds per stage",
        "Bars of the working time of "
            + stages.size()
            + " stages, "
            + Numbers.duration(total)
            + " in all.",
        new Axis(Layout.HORIZONTAL, "s", ""),
        stages.stream().map(Map.Entry::getKey).toList(),
        List.of(new Bars("seconds", "a", seconds)));
  }

  private static List<String> row(String name, Stage stage) {
    boolean rated = stage.seconds() > 0 && stage.images() > 0;
    return List.of(
        name,
        stage.state().name().toLowerCase(Locale.ROOT),
        Numbers.duration(stage.seconds()),
        Numbers.count(stage.images()),
        rated ? Numbers.value(stage.images() / stage.seconds()) : "–",
        stage.note() == null ? "" : stage.note());
  }

  static double total(RunRecord run) {
    return run.stages().values().stream().mapToDouble(Stage::seconds).sum();
  }

  static Section quarantine(Quarantine quarantine) {
    int bad = quarantine.bad().size();
    List<Block> blocks = new ArrayList<>();
    if (bad > 0) {
      blocks.add(
          new Table(
              null,
              List.of("Image", "Why it was left out"),
              List.of(false, false),
              quarantine.bad().stream()
                  .limit(NAMED)
                  .map(b -> List.of(b.id(), b.reason()))
                  .toList()));
    }
    if (bad > NAMED) {
      blocks.add(
          new Notes(
              false, List.of("The first " + NAMED + "; all of them are in quarantine.json.")));
    }
    return new Section(
        "quarantine",
        "Quarantined images",
        bad == 0
            ? "All "
                + Numbers.count(quarantine.samples())
                + " images of the data set could be used."
            : Numbers.count(bad)
                + " of "
                + Numbers.count(quarantine.samples())
                + " images could not be used and were left out.",
        blocks);
  }

  static Section origins(RunFiles files) {
    List<Block> blocks = new ArrayList<>();
    if (files.recipe() != null) {
      blocks.add(new Code("recipe.yaml, with every default", files.recipe()));
    }
    if (files.run() != null) {
      blocks.add(pairs("Versions", files.run().versions()));
      blocks.add(pairs("Hardware", files.run().hardware()));
    }
    return new Section(
        "origins", "Recipe and versions", "What is needed to make this run again.", blocks);
  }

  private static Table pairs(String title, Map<String, String> map) {
    return new Table(
        title,
        List.of(title, ""),
        List.of(false, false),
        map.entrySet().stream().map(e -> List.of(e.getKey(), e.getValue())).toList());
  }
}
