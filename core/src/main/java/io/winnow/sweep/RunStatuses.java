package io.winnow.sweep;

import io.winnow.artifact.RunLayout;
import io.winnow.config.OrNull;
import io.winnow.data.DatasetConfig;
import io.winnow.pipeline.PlannedStage;
import io.winnow.pipeline.Recipe;
import io.winnow.sweep.RunStatus.State;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Where all runs of a sweep stand. What does not change between two looks is read once. */
final class RunStatuses {
  private final Sweep sweep;
  private final SweepLayout layout;
  private final Map<SweepRun, Recipe> recipes = new HashMap<>();
  private final Map<SweepRun, RunStatus> done = new HashMap<>();
  private final Map<DatasetConfig, Optional<Integer>> sizes = new HashMap<>();

  RunStatuses(Sweep sweep, SweepLayout layout) {
    this.sweep = sweep;
    this.layout = layout;
  }

  /** Looks at all folders, in the order of the runs. */
  List<RunStatus> all() {
    sizes.values().removeIf(Optional::isEmpty); // a run may have read the data set since
    return sweep.runs().stream().map(this::of).toList();
  }

  /** What is left to do; cells that the sweep was restricted from tell their times as well. */
  Costs costs() {
    return new Costs(all(), sweep.whole().runs().stream().map(this::of).toList());
  }

  /** Looks at one. */
  RunStatus of(SweepRun run) {
    if (done.containsKey(run)) {
      return done.get(run);
    }
    Recipe recipe = recipeOf(run);
    RunLayout files = layout.run(run);
    RunStatus status =
        RunStatus.of(
            run, recipe, PlannedStage.of(recipe, size(recipe)), files, layout.failure(run));
    if (status.state() == State.DONE) {
      done.put(run, status);
    }
    return status;
  }

  /** Images of a data set, as any run has found them; null where none has. */
  private @OrNull Integer size(Recipe recipe) {
    return sizes
        .computeIfAbsent(
            recipe.dataset(),
            dataset ->
                sweep.whole().runs().stream()
                    .filter(run -> recipeOf(run).dataset().equals(dataset))
                    .map(run -> PlannedStage.imagesOf(recipe, layout.run(run)))
                    .filter(Objects::nonNull)
                    .findFirst())
        .orElse(null);
  }

  private Recipe recipeOf(SweepRun run) {
    return recipes.computeIfAbsent(run, r -> sweep.recipe(r).value());
  }
}
