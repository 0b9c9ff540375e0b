package io.winnow.sweep;

import io.winnow.compare.Comparison;
import io.winnow.compare.Question;
import io.winnow.config.OrNull;
import io.winnow.config.StrictYaml;
import io.winnow.files.AtomicFile;
import io.winnow.files.FileFailure;
import io.winnow.files.Json;
import io.winnow.pipeline.Recipe;
import io.winnow.pipeline.RunsForecast;
import io.winnow.sweep.SearchResult.Place;
import io.winnow.sweep.SearchResult.RungResult;
import io.winnow.task.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Which selection is best within a budget of time, by successive halving (Jamieson and Talwalkar,
 * AISTATS 2016): a rung trains every arm that is left for the same number of updates, from the
 * beginning and with one seed; the third with the smallest distances goes on to the next rung, of
 * three times as many updates. The last rung has two arms and five seeds, and its verdict is that
 * of {@code compare}.
 *
 * <p>The first length follows from a forecast, so that all rungs fit into the budget; before every
 * other rung what was spent is counted, and it becomes shorter where the forecast was too low. What
 * was decided is kept in {@code search.json}, so that the same call goes on with it and equal
 * results lead to equal answers.
 */
public final class Search {
  private final String name;
  private final SweepLayout layout;
  private final Progress listener;
  private final BooleanSupplier stop;
  private final Path base;
  private final Path file;
  private SearchState state;

  /**
   * What is asked.
   *
   * @param methods of the arms, as recipes name them
   * @param ratios of the arms; the recipe's own selection is one besides
   */
  public record Space(List<String> methods, List<Double> ratios) {}

  /** What a search leaves to others. */
  public interface Work {
    /** What runs of recipes will cost. */
    RunsForecast.Found forecast(List<StrictYaml.Resolved<Recipe>> recipes);

    /** Who does the runs of a rung. */
    Runs runs(Sweep rung);
  }

  private Search(String name, SweepLayout layout, Progress listener, BooleanSupplier stop) {
    this.name = name;
    this.layout = layout;
    this.listener = listener;
    this.stop = stop;
    this.base = layout.folder().resolve("base.yaml");
    this.file = layout.folder().resolve("search.json");
  }

  /**
   * Searches, or goes on.
   *
   * @param layout of the search's folder
   * @throws IllegalArgumentException when the folder is another's, or the budget too small
   * @throws io.winnow.task.Interrupted when asked to stop; the same call goes on
   */
  public static SearchResult run(
      StrictYaml.Resolved<Recipe> recipe,
      Space space,
      double budgetSeconds,
      SweepLayout layout,
      Work work,
      Progress listener,
      BooleanSupplier stop) {
    Search search = new Search(recipe.value().name(), layout, listener, stop);
    search.open(recipe, space, budgetSeconds, work);
    return search.search(recipe.value().seed(), work);
  }

  private void open(
      StrictYaml.Resolved<Recipe> recipe, Space space, double budgetSeconds, Work work) {
    if (recipe.value().prune().steps() != null) {
      throw new IllegalArgumentException(
          "prune.steps is given, but a search goes over prune.method; expected steps: null.");
    }
    String own = recipe.value().prune().method().name().toLowerCase(Locale.ROOT).replace('_', '-');
    List<Arm> arms =
        Arm.all(space.methods(), space.ratios(), new Arm(own, recipe.value().prune().ratio()));
    if (Files.exists(file)) {
      state = Json.read(file, SearchState.class);
      requireSame(recipe, arms, budgetSeconds);
      return;
    }
    refuseForeign();
    AtomicFile.writeString(base, recipe.yaml());
    ArmCosts costs = ArmCosts.of(base, arms, work::forecast);
    state = new SearchState(recipe.sha256(), budgetSeconds, arms, costs, List.of());
    lengths().first(recipe.value().seed()); // refuses a small budget before anything is kept
    Json.write(file, state);
  }

  private void requireSame(StrictYaml.Resolved<Recipe> recipe, List<Arm> arms, double budget) {
    String other =
        !state.recipe().equals(recipe.sha256())
            ? "another recipe or other --set"
            : !state.arms().equals(arms)
                ? "other arms, " + state.arms().stream().map(Arm::label).toList()
                : state.budgetSeconds() != budget
                    ? String.format(Locale.ROOT, "a budget of %.0f s", state.budgetSeconds())
                    : null;
    if (other != null) {
      throw new IllegalArgumentException(
          layout.folder()
              + ": has a search with "
              + other
              + "; expected the same one, to go on with it. Choose another folder with --out.");
    }
  }

  private void refuseForeign() {
    if (!Files.exists(layout.folder())) {
      return;
    }
    try (Stream<Path> inside = Files.list(layout.folder())) {
      if (inside.anyMatch(p -> !p.equals(base))) { // left by a call that was killed early
        throw new IllegalArgumentException(
            layout.folder()
                + ": not empty and no search (no search.json); expected a new folder or that of a"
                + " search. Choose another with --out.");
      }
    } catch (IOException e) {
      throw FileFailure.unreadable(layout.folder(), e);
    }
  }

  private SearchResult search(long seed, Work work) {
    List<Integer> sizes = state.sizes();
    List<RungResult> results = new ArrayList<>();
    List<Arm> left = state.arms();
    for (int r = 0; r < sizes.size(); r++) {
      left = left.subList(0, Math.min(left.size(), sizes.get(r)));
      if (left.size() < 2) {
        return result(results, null, "fewer than two selections are left, as runs failed");
      }
      if (r == state.rungs().size()) {
        Rung next = r == 0 ? lengths().first(seed) : lengths().next(seed, left);
        if (next == null) {
          return result(results, null, "the budget is spent before the last rung");
        }
        state = state.and(next);
        Json.write(file, state);
      }
      Rung rung = state.rungs().get(r);
      listener.note(
          "rung %d of %d: %d selections, %,d updates, seeds %s"
              .formatted(r + 1, sizes.size(), rung.arms().size(), rung.updates(), rung.seeds()));
      results.add(done(rung, work));
      left = arms(results.get(r));
    }
    if (left.size() < 2) {
      return result(results, null, "a run of the last rung failed");
    }
    Rung last = state.rungs().get(sizes.size() - 1);
    return result(results, compare(last, left.get(1), left.get(0)), null);
  }

  private RungLengths lengths() {
    return new RungLengths(state, base, layout);
  }

  /** Does the runs of a rung that are not done, and ranks its arms. */
  private RungResult done(Rung rung, Work work) {
    AtomicFile.writeString(layout.sweep(), rung.sweep(Labels.of(name), "base.yaml"));
    Sweep sweep = Sweep.read(layout.sweep(), List.of());
    if (!new RunStatuses(sweep, layout).costs().open().isEmpty()) {
      new SweepRunner(sweep, layout, listener, stop, System::nanoTime)
          .run(List.of(work.runs(sweep)));
    }
    List<String> failed = new ArrayList<>();
    List<Arm> whole = new ArrayList<>(rung.arms());
    for (SweepRun run : rung.runs()) {
      if (Files.exists(layout.failure(run))) {
        failed.add(run + ": " + RunStatus.firstLine(layout.failure(run)));
        whole.removeIf(arm -> rung.cell(arm).equals(run.cell()));
      }
    }
    return new RungResult(rung.updates(), rung.seeds(), places(rung, whole), failed);
  }

  /** By the mean logarithm of their distances; of equal ones the earlier arm first. */
  private List<Place> places(Rung rung, List<Arm> arms) {
    Map<String, Double> logs = new LinkedHashMap<>();
    for (Arm arm : arms) {
      boolean first = logs.isEmpty();
      logs.put(arm.label(), first ? 0 : compare(rung, arms.get(0), arm).found().mean());
    }
    double best = logs.values().stream().mapToDouble(x -> x).min().orElse(0);
    return logs.entrySet().stream()
        .sorted(Comparator.comparingDouble(Map.Entry::getValue))
        .map(e -> new Place(e.getKey(), Math.exp(e.getValue() - best)))
        .toList();
  }

  private Comparison compare(Rung rung, Arm a, Arm b) {
    return Comparison.of(
        layout.cell(rung.cell(a)),
        layout.cell(rung.cell(b)),
        new Question(null, Question.USUAL_ERROR_RATE, null));
  }

  private List<Arm> arms(RungResult result) {
    return result.places().stream()
        .map(place -> state.arms().stream().filter(a -> a.label().equals(place.arm())).findFirst())
        .map(found -> found.orElseThrow())
        .toList();
  }

  private SearchResult result(
      List<RungResult> rungs, @OrNull Comparison verdict, @OrNull String ended) {
    List<Place> places = rungs.get(rungs.size() - 1).places();
    return new SearchResult(
        name,
        state.budgetSeconds(),
        state.costs().measuringSeconds() + lengths().spent(),
        List.copyOf(rungs),
        places.isEmpty() ? null : places.get(0).arm(),
        places.size() < 2 ? null : places.get(1).arm(),
        verdict,
        ended);
  }
}
