package io.winnow.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.compare.FinishedRun;
import io.winnow.compare.LogRatio;
import io.winnow.compare.Verdict;
import io.winnow.config.StrictYaml;
import io.winnow.files.AtomicFile;
import io.winnow.files.Json;
import io.winnow.forecast.Rates;
import io.winnow.forecast.RunCost;
import io.winnow.forecast.StageForecast;
import io.winnow.forecast.Work;
import io.winnow.pipeline.Recipe;
import io.winnow.pipeline.RunsForecast;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Searches whose runs are made by hand: an update takes a second, in forecast and truth. */
class SearchTest {
  private static final Rates NONE = new Rates(null, null);
  private static final Search.Space SPACE =
      new Search.Space(List.of("uniform", "gaussian"), List.of(0.1, 0.125));

  @TempDir Path folder;
  private SweepLayout layout;
  private StrictYaml.Resolved<Recipe> recipe;
  private final Map<String, Double> distances = new TreeMap<>();
  private final List<SweepRun> made = new ArrayList<>();
  private int forecasts;
  private int stopAfter = Integer.MAX_VALUE;
  private double truth = 1;

  private final Search.Work work =
      new Search.Work() {
        @Override
        public RunsForecast.Found forecast(List<StrictYaml.Resolved<Recipe>> recipes) {
          forecasts++;
          return new RunsForecast.Found(
              "here", 100, recipes.stream().map(r -> cost(r.value())).toList());
        }

        @Override
        public Runs runs(Sweep rung) {
          return (run, progress) -> make(rung, run);
        }
      };

  @BeforeEach
  void recipe() {
    layout = new SweepLayout(folder.resolve("out"));
    new SmallSweep(folder);
    recipe = Recipe.read(folder.resolve("mini.yaml"), List.of("train.steps=9000"));
  }

  /** A second for every update and ten for samples; the shared classifier 50. */
  private static RunCost cost(Recipe recipe) {
    long steps = recipe.train().steps();
    return RunCost.of(
        0,
        List.of(
            StageForecast.of("encoder", Work.NONE, 50, null, 0, NONE),
            StageForecast.of("train", new Work(steps, 0), (double) steps, null, 0, NONE),
            StageForecast.of("sample", Work.NONE, 10, null, 0, NONE)),
        NONE);
  }

  /** Distances by arm, which vary by the seed; runs that say so fail. */
  private String make(Sweep rung, SweepRun run) {
    if (made.size() >= stopAfter) {
      throw new Interrupted("train");
    }
    made.add(run);
    String arm = run.cell().replaceFirst("\\d+-", "");
    double distance = distances.getOrDefault(arm, 10.0);
    if (Double.isNaN(distance)) {
      return "no luck";
    }
    long updates = rung.recipe(run).value().train().steps();
    FinishedRun.of(run.seed())
        .updates(updates)
        .fd(distance * (1 + 0.01 * run.seed()))
        .write(layout.run(run).folder());
    Path record = layout.run(run).record();
    AtomicFile.writeString(
        record,
        text(record).replaceAll("\"seconds\" ?: ?1(\\.0)?", "\"seconds\": " + truth * updates / 2));
    return null;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private SearchResult search(double budget) {
    return Search.run(recipe, SPACE, budget, layout, work, Progress.SILENT, () -> false);
  }

  /** Five arms: 5 x u, 2 x 5 x 3 u updates, 15 samples, classifiers of five seeds, the forecast. */
  private static double takes(long u) {
    return 100 + 5 * 50 + 15 * 10 + 35 * u;
  }

  @Test
  void rungs_haveTheBestThird_andThriceTheUpdates_andFitTheBudget() {
    distances.put("uniform-12.5", 9.0);
    distances.put("gaussian-10", 9.5);
    SearchResult found = search(takes(700) + 20);
    assertThat(found.rungs())
        .extracting(SearchResult.RungResult::updates)
        .containsExactly(700L, 2100L);
    assertThat(found.rungs().get(0).places())
        .extracting(SearchResult.Place::arm)
        .containsExactly(
            "uniform-12.5", "gaussian-10", "uniform-10", "gaussian-12.5", "moderate-30");
    assertThat(found.rungs().get(0).places().get(2).ratio()).isCloseTo(10 / 9.0, within(1e-12));
    assertThat(found.rungs().get(1).seeds()).containsExactly(0L, 1L, 2L, 3L, 4L);
    assertThat(made).hasSize(15).startsWith(new SweepRun("700-uniform-10", 0));
    assertThat(made)
        .endsWith(new SweepRun("2100-uniform-12.5", 4), new SweepRun("2100-gaussian-10", 4));
    assertThat(found.best()).isEqualTo("uniform-12.5");
    assertThat(found.runnerUp()).isEqualTo("gaussian-10");
    double[] a = new double[5];
    double[] b = new double[5];
    for (int seed = 0; seed < 5; seed++) {
      a[seed] = 9.5 * (1 + 0.01 * seed);
      b[seed] = 9.0 * (1 + 0.01 * seed);
    }
    assertThat(found.verdict().found()).isEqualTo(LogRatio.paired(a, b));
    assertThat(found.verdict().verdict()).isEqualTo(Verdict.BETTER);
    assertThat(found.ended()).isNull();
    assertThat(found.spentSeconds()).isCloseTo(100 + 35 * 700, within(1e-9));
    assertThat(found.spentSeconds()).isLessThan(found.budgetSeconds());
  }

  @Test
  void equalResults_giveEqualAnswers_andAnInterruptedSearchGoesOn() {
    SearchResult whole = search(takes(700));
    List<SweepRun> all = List.copyOf(made);
    Path first = layout.folder();
    layout = new SweepLayout(folder.resolve("again"));
    made.clear();
    stopAfter = 7; // in the second rung
    assertThatThrownBy(() -> search(takes(700))).isInstanceOf(Interrupted.class);
    stopAfter = Integer.MAX_VALUE;
    SearchResult gone = search(takes(700));
    assertThat(forecasts).isEqualTo(2);
    assertThat(made).containsAll(all);
    assertThat(Json.string(gone).replace(layout.folder().toString(), ""))
        .isEqualTo(Json.string(whole).replace(first.toString(), ""));
    assertThat(gone.verdict().verdict()).isEqualTo(Verdict.CANNOT_TELL); // all distances are equal
    assertThat(gone.best()).isEqualTo("uniform-10");
  }

  @Test
  void slowerRuns_shortenTheNextRung_andNoRungIsLongerThanTheTraining() {
    truth = 2;
    SearchResult slow = search(takes(700));
    assertThat(slow.rungs().get(1).updates()).isBetween(700L, 1000L);
    layout = new SweepLayout(folder.resolve("much"));
    truth = 1;
    SearchResult much = search(1e9);
    assertThat(much.rungs())
        .extracting(SearchResult.RungResult::updates)
        .containsExactly(3000L, 9000L);
    layout = new SweepLayout(folder.resolve("far-too-slow"));
    truth = 50;
    SearchResult ended = search(takes(700));
    assertThat(ended.rungs()).hasSize(1);
    assertThat(ended.verdict()).isNull();
    assertThat(ended.ended()).isEqualTo("the budget is spent before the last rung");
    assertThat(ended.best()).isEqualTo("uniform-10");
  }

  @Test
  void failedArm_leaves_andIsNamed() {
    distances.put("uniform-10", Double.NaN);
    distances.put("gaussian-12.5", 9.0);
    SearchResult found = search(takes(700));
    assertThat(found.rungs().get(0).failed()).containsExactly("700-uniform-10/0: no luck");
    assertThat(found.best()).isEqualTo("gaussian-12.5");
    assertThat(found.anyFailed()).isTrue();
  }

  @Test
  void mistakes_areRefused_andLeaveNoSearch() {
    assertThatThrownBy(() -> search(takes(50)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "--budget: 2250 s are too few for a search over 5 selections; expected 3650 s at"
                + " least. Give more, or fewer --methods and --ratios.");
    search(takes(700));
    assertThatThrownBy(() -> search(takes(800)))
        .hasMessageContaining("has a search with a budget of 25000 s; expected the same one");
    recipe = Recipe.read(folder.resolve("mini.yaml"), List.of("train.steps=9000", "seed=4"));
    assertThatThrownBy(() -> search(takes(700)))
        .hasMessageContaining("another recipe or other --set");
    layout = new SweepLayout(folder.resolve("photos"));
    AtomicFile.writeString(layout.folder().resolve("a.txt"), "");
    assertThatThrownBy(() -> search(1e6)).hasMessageContaining("not empty and no search");
    assertThatThrownBy(() -> new Arm("uniform", 10))
        .hasMessageContaining("--ratios: 10.0; expected shares in (0, 1]");
    recipe = Recipe.read(folder.resolve("mini.yaml"), List.of("prune.steps=[{step: k-center}]"));
    assertThatThrownBy(() -> search(1e6)).hasMessageContaining("prune.steps is given");
  }

  @Test
  void rungSizes_fallToTwo() {
    assertThat(Rung.sizes(2)).containsExactly(2);
    assertThat(Rung.sizes(3)).containsExactly(3, 2);
    assertThat(Rung.sizes(9)).containsExactly(9, 3, 2);
    assertThat(Rung.sizes(10)).containsExactly(10, 4, 2);
    assertThat(Rung.sizes(28)).containsExactly(28, 10, 4, 2);
  }
}
