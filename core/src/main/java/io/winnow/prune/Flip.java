package io.winnow.prune;

/**
 * A number of a {@code prune} block at which the decision on a row turns; both values were tried.
 *
 * @param key as a recipe names it: {@code prune.ratio}, or of the first step {@code
 *     prune.steps[0].eps}
 * @param now its value
 * @param flips a value with which the decision is the other one
 * @param stays the value beside, with which it is as now
 * @param becomesKept whether the other decision keeps the row
 */
public record Flip(String key, double now, double flips, double stays, boolean becomesKept) {}
