package io.winnow.train;

import io.winnow.config.OrNull;
import java.util.List;

/**
 * Which images the epochs of a training visit, in what order and with what weight. Epochs may
 * differ in length. Extension point; a fixed coreset and annealing are {@link PhasedCurriculum},
 * dynamic pruning is {@link InfoBatch}.
 */
public interface Curriculum {
  /**
   * An epoch.
   *
   * @param number from 0
   * @param phase name of the stretch that it belongs to, for the records
   * @param firstStep its first optimiser step, of the run
   * @param steps optimiser steps of the whole epoch; the end of a run or of a phase may cut it
   *     short
   * @param weighted whether weights per class are on
   */
  record Epoch(int number, String phase, long firstStep, int steps, boolean weighted) {}

  /**
   * What an epoch visits.
   *
   * @param images positions in the data set, in the order of the visits, [n]
   * @param weights factors of the visits' losses, [n]; null for 1
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  record Visits(int[] images, @OrNull double[] weights) {}

  /** Optimiser steps of the whole run. */
  long totalSteps();

  /** The epoch of a step; where the run is over, the one that would begin, or go on. Quick. */
  Epoch epoch(long step);

  /** The visits of an epoch: a pure function of the seed and of what came before it. */
  Visits visits(Epoch epoch);

  /** Where a run is that has done {@code step} steps. */
  Position position(long step);

  /** What the whole run trains on, one stretch after the other. */
  List<TrainPhase> phases();

  /**
   * Whether an epoch depends on the losses of the ones before it, so that no step can be made
   * ahead.
   */
  default boolean adapts() {
    return false;
  }

  /** What identifies it beside coreset and seed: a checkpoint made under another one is refused. */
  String identity();

  /** Whether an epoch ends with the step before {@code step}. */
  default boolean epochEndsBefore(long step) {
    return step > 0 && (step == totalSteps() || epoch(step).number() != epoch(step - 1).number());
  }
}
