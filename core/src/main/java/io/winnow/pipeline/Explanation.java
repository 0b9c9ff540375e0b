package io.winnow.pipeline;

import io.winnow.config.OrNull;
import io.winnow.prune.Flip;
import java.util.List;

/**
 * Why a selection kept or dropped one image, and what would have turned the decision.
 *
 * @param reason as the manifest has it: the rule, or the step and what it did
 * @param score null where the method gave none
 * @param inClass of the score; null without one
 * @param overAll of the score; null without one
 * @param nearestKept the kept image nearest to it, itself left out; null without features, or where
 *     no other one is kept
 * @param flips numbers of the recipe that turn the decision, each tried on both sides
 * @param notes what could not be said, and why
 */
public record Explanation(
    String id,
    String className,
    boolean kept,
    String reason,
    @OrNull Double score,
    @OrNull Rank inClass,
    @OrNull Rank overAll,
    @OrNull Neighbour nearestKept,
    List<Flip> flips,
    List<String> notes) {
  public Explanation {
    flips = List.copyOf(flips);
    notes = List.copyOf(notes);
  }

  /**
   * A place among scores of the same rule or step.
   *
   * @param place from the smallest score, 1 and on; equal ones in the order of the data set
   * @param of how many
   */
  public record Rank(int place, int of) {}

  /**
   * Another image.
   *
   * @param distance Euclidean, in the space of the features that selected
   */
  public record Neighbour(String id, double distance) {}
}
