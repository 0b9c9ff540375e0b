package io.winnow.sweep;

import io.winnow.config.StrictYaml;
import io.winnow.forecast.RunCost;
import io.winnow.forecast.StageForecast;
import io.winnow.pipeline.PlannedStage;
import io.winnow.pipeline.Recipe;
import io.winnow.pipeline.RunsForecast;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What runs of arms take by their updates: the line through forecasts of two lengths.
 *
 * @param measuringSeconds how long the forecasts took
 * @param updates of the recipe's own training: no rung is longer
 * @param stages seconds of the stages of a run, by arm and stage
 */
record ArmCosts(double measuringSeconds, long updates, Map<String, Map<String, Line>> stages) {
  private static final long SHORT = 1000;
  private static final long LONG = 2000;

  /**
   * Seconds of a stage.
   *
   * @param once whatever the length
   */
  record Line(double once, double perUpdate) {
    static Line through(double atShort, double atLong) {
      double perUpdate = (atLong - atShort) / (LONG - SHORT);
      return new Line(atShort - perUpdate * SHORT, perUpdate);
    }

    double seconds(long updates) {
      return once + perUpdate * updates;
    }
  }

  /**
   * Measures.
   *
   * @param base the recipe, with its own length
   * @param forecast of many recipes
   */
  static ArmCosts of(
      Path base,
      List<Arm> arms,
      Function<List<StrictYaml.Resolved<Recipe>>, RunsForecast.Found> forecast) {
    StrictYaml.Resolved<Recipe> own = Recipe.read(base, List.of());
    List<StrictYaml.Resolved<Recipe>> recipes = new ArrayList<>(List.of(own));
    for (Arm arm : arms) {
      recipes.add(recipe(base, arm, own.value().seed(), SHORT));
      recipes.add(recipe(base, arm, own.value().seed(), LONG));
    }
    RunsForecast.Found found = forecast.apply(recipes);
    Map<String, Map<String, Line>> stages = new TreeMap<>();
    for (int i = 0; i < arms.size(); i++) {
      Map<String, Double> atLong = seconds(found.costs().get(2 * i + 2));
      Map<String, Line> lines = new TreeMap<>();
      seconds(found.costs().get(2 * i + 1))
          .forEach((name, atShort) -> lines.put(name, Line.through(atShort, atLong.get(name))));
      stages.put(arms.get(i).label(), lines);
    }
    return new ArmCosts(found.measuringSeconds(), trained(found.costs().get(0)), stages);
  }

  private static Map<String, Double> seconds(RunCost cost) {
    Map<String, Double> seconds = new HashMap<>();
    cost.stages().forEach(stage -> seconds.put(stage.stage(), stage.seconds()));
    return seconds;
  }

  private static long trained(RunCost cost) {
    return cost.stages().stream()
        .filter(stage -> stage.stage().equals("train"))
        .mapToLong(StageForecast::units)
        .findFirst()
        .orElseThrow();
  }

  static StrictYaml.Resolved<Recipe> recipe(Path base, Arm arm, long seed, long updates) {
    List<String> overrides = new ArrayList<>(arm.overrides());
    overrides.add("seed=" + seed);
    overrides.add("name=" + arm.label());
    overrides.add("train.epochs=null");
    overrides.add("train.steps=" + updates);
    return Recipe.read(base, overrides);
  }

  /** Seconds of all runs of rungs; what runs share counts once. */
  double seconds(Path base, List<Rung> rungs) {
    Set<String> there = new HashSet<>();
    double sum = 0;
    for (Rung rung : rungs) {
      for (long seed : rung.seeds()) {
        for (Arm arm : rung.arms()) {
          Map<String, String> shared = shared(recipe(base, arm, seed, rung.updates()).value());
          for (Map.Entry<String, Line> stage : stages.get(arm.label()).entrySet()) {
            String key = shared.get(stage.getKey());
            if (key == null || there.add(key)) {
              sum += stage.getValue().seconds(rung.updates());
            }
          }
        }
      }
    }
    return sum;
  }

  private static Map<String, String> shared(Recipe recipe) {
    Map<String, String> shared = new HashMap<>();
    PlannedStage.of(recipe, null).forEach(stage -> shared.put(stage.name(), stage.shared()));
    return shared;
  }
}
