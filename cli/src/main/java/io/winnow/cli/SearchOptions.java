package io.winnow.cli;

import io.winnow.config.OrNull;
import io.winnow.config.StrictYaml;
import io.winnow.files.Json;
import io.winnow.forecast.Rates;
import io.winnow.pipeline.Recipe;
import io.winnow.pipeline.RunsForecast;
import io.winnow.report.Report;
import io.winnow.sweep.Arm;
import io.winnow.sweep.LocalRuns;
import io.winnow.sweep.Runs;
import io.winnow.sweep.Search;
import io.winnow.sweep.SearchResult;
import io.winnow.sweep.Sweep;
import io.winnow.sweep.SweepLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** A search within a budget: its options, and what it does. */
final class SearchOptions {
  private static final Pattern TIME = Pattern.compile("(\\d+(?:\\.\\d+)?)(s|m|h|d)");
  private static final Map<String, Integer> SECONDS =
      Map.of("s", 1, "m", 60, "h", 3600, "d", 86_400);

  @Option(
      names = "--budget",
      paramLabel = "TIME",
      description = {
        "Search method and ratio of a recipe within so much time, such as 6h, 90m or 45s: successive",
        "halving over runs in --out (runs/NAME-search), which the same command goes on with."
      })
  @OrNull
  String budget;

  @Option(
      names = "--methods",
      paramLabel = "METHOD",
      split = ",",
      description = "Methods that are searched over (uniform,moderate,gaussian).")
  @OrNull
  List<String> methods;

  @Option(
      names = "--ratios",
      paramLabel = "RATIO",
      split = ",",
      description = "Ratios that are searched over (0.1,0.2,0.4,1).")
  @OrNull
  List<Double> ratios;

  /** Whether a search is asked for. */
  boolean asked() {
    if (budget == null && (methods != null || ratios != null)) {
      throw new IllegalArgumentException(
          "--methods, --ratios: are of a search; expected --budget TIME beside them.");
    }
    return budget != null;
  }

  private double seconds() {
    Matcher time = TIME.matcher(budget);
    if (!time.matches()) {
      throw new IllegalArgumentException(
          "--budget " + budget + ": expected a time such as 6h, 90m or 45s.");
    }
    return Double.parseDouble(time.group(1)) * SECONDS.get(time.group(2));
  }

  /**
   * Searches, or goes on.
   *
   * @param out folder of the search; null for {@code runs/NAME-search}
   */
  int search(StrictYaml.Resolved<Recipe> recipe, @OrNull Path out, boolean json, Console console) {
    Path folder = out == null ? Path.of("runs", recipe.value().name() + "-search") : out;
    SearchResult found =
        Search.run(
            recipe,
            new Search.Space(
                methods == null ? Arm.METHODS : methods, ratios == null ? Arm.RATIOS : ratios),
            seconds(),
            new SweepLayout(folder),
            new Here(new SweepLayout(folder), console),
            console.progress(),
            console.stop());
    if (json) {
      console.out().print(Json.pretty(found));
    } else {
      SearchText.print(found, console.out());
    }
    return found.anyFailed() ? ExitCode.DEFECT : ExitCode.DONE;
  }

  /** In this process. */
  private record Here(SweepLayout layout, Console console) implements Search.Work {
    @Override
    public RunsForecast.Found forecast(List<StrictYaml.Resolved<Recipe>> recipes) {
      return RunsForecast.of(recipes, new Rates(null, null), console.progress(), console.stop());
    }

    @Override
    public Runs runs(Sweep rung) {
      return new LocalRuns(rung, layout, Report::write, console.stop());
    }
  }
}
