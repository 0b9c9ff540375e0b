package io.winnow.pipeline;

import io.winnow.config.OrNull;
import io.winnow.data.DatasetConfig;
import io.winnow.tensor.Compute;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Looks for what runs would be refused for at their start before any of them starts: all of their
 * recipes, over data sets as they are listed. Of the images the first is decoded at most; encoders
 * and data sets that recipes share are opened once.
 */
public final class RunsPreflight implements AutoCloseable {
  private static final int NAMED = 4;

  private final WeightsCheck weights = new WeightsCheck();
  private final Map<Source, RunData> opened = new HashMap<>();

  /** A data set; drawn ones are others for another seed. */
  private record Source(DatasetConfig dataset, long seed) {
    static Source of(Recipe recipe) {
      boolean drawn = recipe.dataset().type() == DatasetConfig.Type.SHAPES;
      return new Source(recipe.dataset(), drawn ? recipe.seed() : 0);
    }
  }

  private RunsPreflight() {}

  /**
   * What is wrong with recipes.
   *
   * @return a line for every reason, behind the names of the recipes that have it; none where
   *     nothing is known against any of them
   */
  public static List<String> refusals(List<Recipe> recipes) {
    Map<String, Set<String>> names = new LinkedHashMap<>(); // by reason
    try (RunsPreflight preflight = new RunsPreflight()) {
      for (Recipe recipe : recipes) {
        String reason = preflight.refusal(recipe);
        if (reason != null) {
          names.computeIfAbsent(reason, r -> new LinkedHashSet<>()).add(recipe.name());
        }
      }
    }
    return names.entrySet().stream()
        .map(found -> some(List.copyOf(found.getValue())) + ": " + found.getKey())
        .toList();
  }

  private static String some(List<String> names) {
    return names.size() <= NAMED + 1
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, NAMED)) + " and " + (names.size() - NAMED) + " more";
  }

  private @OrNull String refusal(Recipe recipe) {
    try {
      weights.require(recipe, Stage.EVALUATE);
      Compute compute = Compute.of(recipe.compute());
      Preflight.check(recipe, data(recipe), compute, RunPlan.of(recipe, Stage.EVALUATE));
      return null;
    } catch (IllegalArgumentException | UncheckedIOException e) {
      return e.getMessage();
    }
  }

  private RunData data(Recipe recipe) {
    return opened.computeIfAbsent(
        Source.of(recipe), source -> RunData.unread(source.dataset(), recipe.seed()));
  }

  @Override
  public void close() {
    opened.values().forEach(RunData::close);
  }
}
