package io.winnow.sweep;

import io.winnow.artifact.RunRecord;
import io.winnow.config.OrNull;
import io.winnow.pipeline.PlannedStage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * How long the next rung of a search may be: all rungs from it on, each {@link Rung#ETA} times as
 * long as the one before, take what is left of the budget. Their time is that of the forecast,
 * times the factor by which it was off so far.
 */
final class RungLengths {
  /** A rung below one in so many of the recipe's own updates says nothing. */
  private static final long SMALLEST_SHARE = 100;

  private final SearchState state;
  private final Path base;
  private final SweepLayout layout;

  /**
   * @param base the recipe
   */
  RungLengths(SearchState state, Path base, SweepLayout layout) {
    this.state = state;
    this.base = base;
    this.layout = layout;
  }

  /**
   * The first rung.
   *
   * @throws IllegalArgumentException when the budget is too small for a search
   */
  Rung first(long seed) {
    Rung first = next(seed, state.arms());
    if (first == null) {
      double least = seconds(rungs(seed, state.arms(), state.sizes(), smallest()));
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "--budget: %.0f s are too few for a search over %d selections; expected %.0f s at"
                  + " least. Give more, or fewer --methods and --ratios.",
              state.budgetSeconds(),
              state.arms().size(),
              Math.ceil(state.costs().measuringSeconds() + least)));
    }
    return first;
  }

  /**
   * The next rung.
   *
   * @param arms that are left
   * @return null where the budget leaves it no longer than the one before
   */
  @OrNull
  Rung next(long seed, List<Arm> arms) {
    List<Rung> done = state.rungs();
    List<Integer> sizes = state.sizes().subList(done.size(), state.sizes().size());
    double before = seconds(done);
    double spent = spent();
    double slower = done.isEmpty() ? 1 : spent / before;
    double budget = state.budgetSeconds() - state.costs().measuringSeconds() - spent;
    double one = slower * (seconds(with(done, rungs(seed, arms, sizes, 1))) - before);
    double two = slower * (seconds(with(done, rungs(seed, arms, sizes, 2))) - before);
    long fits = 1 + (long) Math.floor((budget - one) / (two - one));
    long most = state.costs().updates() / Math.round(Math.pow(Rung.ETA, sizes.size() - 1));
    long least = done.isEmpty() ? smallest() : done.get(done.size() - 1).updates();
    long updates = Math.min(fits, Math.max(least, most));
    if (!done.isEmpty()) {
      updates = Math.min(updates, Rung.ETA * least);
    }
    return updates < least ? null : rungs(seed, arms, sizes, updates).get(0);
  }

  private long smallest() {
    return Math.max(1, state.costs().updates() / SMALLEST_SHARE);
  }

  /** Rungs from a length on, each with the first arms in the place of those that will be best. */
  private static List<Rung> rungs(long seed, List<Arm> arms, List<Integer> sizes, long updates) {
    List<Rung> rungs = new ArrayList<>();
    long length = updates;
    for (int r = 0; r < sizes.size(); r++) {
      List<Arm> some = arms.subList(0, Math.min(arms.size(), sizes.get(r)));
      rungs.add(Rung.of(length, seed, some, r == sizes.size() - 1));
      length *= Rung.ETA;
    }
    return rungs;
  }

  private static List<Rung> with(List<Rung> done, List<Rung> more) {
    return Stream.concat(done.stream(), more.stream()).toList();
  }

  private double seconds(List<Rung> rungs) {
    return state.costs().seconds(base, rungs);
  }

  /** Working time of the stages of all runs so far; what runs share counts once. */
  double spent() {
    Set<String> there = new HashSet<>();
    double sum = 0;
    for (Rung rung : state.rungs()) {
      for (Arm arm : rung.arms()) {
        for (long seed : rung.seeds()) {
          sum += spent(rung, arm, seed, there);
        }
      }
    }
    return sum;
  }

  private double spent(Rung rung, Arm arm, long seed, Set<String> there) {
    Path record = layout.run(new SweepRun(rung.cell(arm), seed)).record();
    if (!Files.exists(record)) {
      return 0;
    }
    Map<String, RunRecord.Stage> stages = RunRecord.read(record).stages();
    double sum = 0;
    for (PlannedStage stage :
        PlannedStage.of(ArmCosts.recipe(base, arm, seed, rung.updates()).value(), null)) {
      RunRecord.Stage took = stages.get(stage.name());
      if (took != null && (stage.shared() == null || there.add(stage.name() + took.inputs()))) {
        sum += took.seconds();
      }
    }
    return sum;
  }
}
