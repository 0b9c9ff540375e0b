package io.winnow.sweep;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code search.json}: what a search has decided.
 *
 * @param recipe hash of the recipe that is searched from
 * @param rungs that were begun
 */
record SearchState(
    String recipe, double budgetSeconds, List<Arm> arms, ArmCosts costs, List<Rung> rungs) {
  /** With another rung that begins. */
  SearchState and(Rung rung) {
    List<Rung> more = new ArrayList<>(rungs);
    more.add(rung);
    return new SearchState(recipe, budgetSeconds, arms, costs, List.copyOf(more));
  }

  /** How many arms each rung has. */
  List<Integer> sizes() {
    return Rung.sizes(arms.size());
  }
}
