package io.winnow.pipeline;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.winnow.config.StrictYaml;
import io.winnow.files.Json;
import io.winnow.forecast.Rates;
import io.winnow.forecast.RunCost;
import io.winnow.forecast.StageForecast.State;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * Says what many runs will cost, each from its beginning, whatever stands already. Recipes that
 * differ in lengths and selection alone are tried once: of each such family the one with most
 * stages.
 */
public final class RunsForecast {
  /** The images of the data set, as {@link RunCost} has them beside the stages of a run. */
  public static final String READING = RunCosting.READING;

  private final List<StrictYaml.Resolved<Recipe>> recipes;
  private final Rates rates;
  private final Progress listener;
  private final BooleanSupplier stop;
  private final RunCost[] costs;
  private String on = "";

  /**
   * What was found.
   *
   * @param on what it was measured on, in words
   * @param measuringSeconds how long measuring took
   * @param costs of the recipes, in their order
   */
  public record Found(String on, double measuringSeconds, List<RunCost> costs) {}

  private RunsForecast(
      List<StrictYaml.Resolved<Recipe>> recipes,
      Rates rates,
      Progress listener,
      BooleanSupplier stop) {
    this.recipes = recipes;
    this.rates = rates;
    this.listener = listener;
    this.stop = stop;
    this.costs = new RunCost[recipes.size()];
  }

  /**
   * Forecasts.
   *
   * @param stop of the user
   * @throws IllegalArgumentException for what runs would be refused for at their start, with the
   *     names of all such recipes, before anything is tried
   * @throws io.winnow.task.Interrupted when asked to stop
   */
  public static Found of(
      List<StrictYaml.Resolved<Recipe>> recipes,
      Rates rates,
      Progress listener,
      BooleanSupplier stop) {
    long began = System.nanoTime();
    requireNoneRefused(recipes);
    RunsForecast forecast = new RunsForecast(recipes, rates, listener, stop);
    for (List<Integer> family : forecast.families()) {
      forecast.measure(family);
    }
    double took = (System.nanoTime() - began) / 1e9;
    return new Found(forecast.on, took, List.of(forecast.costs));
  }

  private static void requireNoneRefused(List<StrictYaml.Resolved<Recipe>> recipes) {
    List<String> refusals =
        RunsPreflight.refusals(recipes.stream().map(StrictYaml.Resolved::value).toList());
    if (!refusals.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", refusals));
    }
  }

  /** Positions of recipes that are tried together, the one to try first. */
  private List<List<Integer>> families() {
    List<Integer> byStages =
        IntStream.range(0, recipes.size())
            .boxed()
            .sorted(Comparator.comparing(i -> -plan(i).size()))
            .toList();
    List<List<Integer>> families = new ArrayList<>();
    for (int i : byStages) {
      families.stream()
          .filter(family -> fits(i, family.get(0)))
          .findFirst()
          .orElseGet(
              () -> {
                families.add(new ArrayList<>());
                return families.get(families.size() - 1);
              })
          .add(i);
    }
    return families;
  }

  private boolean fits(int i, int tried) {
    return new HashSet<>(plan(tried)).containsAll(plan(i)) && kind(i).equals(kind(tried));
  }

  private List<StageId> plan(int i) {
    return RunPlan.of(recipes.get(i).value(), Stage.EVALUATE);
  }

  /** What decides how long a piece of work takes: all but selection, lengths and names. */
  private ObjectNode kind(int i) {
    ObjectNode kind = Json.parse(Json.string(recipes.get(i).value()), ObjectNode.class);
    kind.remove(List.of("name", "seed", "prune"));
    ((ObjectNode) kind.get("train"))
        .remove(List.of("epochs", "steps", "warmupEpochs", "anneal", "annealWeights"));
    ObjectNode reweight = (ObjectNode) kind.get("reweight");
    reweight.remove(List.of("enabled", "baseline", "proxy"));
    ((ObjectNode) reweight.get("reference")).remove("epochs");
    return kind;
  }

  private void measure(List<Integer> family) {
    StrictYaml.Resolved<Recipe> first = recipes.get(family.get(0));
    Recipe recipe = first.value();
    Compute compute = Compute.of(recipe.compute());
    compute.apply();
    on = compute.describe();
    listener.note("trying for " + family.size() + " recipes: " + recipe.name());
    try (Rehearsal rehearsal = new Rehearsal(first, compute, listener, stop);
        RunData data = RunData.unread(recipe.dataset(), recipe.seed())) {
      Standing nothing =
          Standing.of(recipe, rehearsal.layout(), null, null, compute, plan(family.get(0)));
      StageProbes probes = new StageProbes(recipe, rehearsal, data, nothing, compute);
      probes.run();
      RunCosting costing = new RunCosting(data, rehearsal.layout(), probes, false, rates);
      Map<String, Map<StageId, Measured>> selections = new HashMap<>();
      for (int i : family) {
        Recipe member = recipes.get(i).value();
        Map<StageId, Measured> own =
            selections.computeIfAbsent(selection(member), s -> probes.selection(member));
        int kept = SelectionProbe.kept(member.prune(), data.labels(), member.seed());
        costs[i] =
            costing.of(member, kept, id -> State.TO_RUN, id -> own.getOrDefault(id, probes.of(id)));
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(recipe.name() + ": " + e.getMessage(), e);
    }
  }

  /** Names all that decides how long scores and selection take. */
  private static String selection(Recipe recipe) {
    return PruneStage.scoresApart(recipe.prune())
        ? recipe.prune().scoring()
        : Json.string(recipe.prune());
  }
}
