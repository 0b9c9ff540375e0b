package io.winnow.train;

import io.winnow.diffusion.SampleLosses;
import java.util.Map;

/**
 * Learns from the losses of the training's samples, told apart by their positions in the data set
 * or by their groups ({@link TrainStep}). Its state is part of the checkpoints.
 *
 * <p>Per optimiser step the trainer calls {@link #watch} with the losses of each micro-batch and
 * {@link #update} once, where {@link #watches}.
 */
public interface LossObserver {
  /** Whether it needs the losses of a step before the step is taken. */
  default boolean watches() {
    return false;
  }

  /** Learns what it is going to see; called before anything else, resumed runs included. */
  default void begin(WatchedRun run) {}

  /**
   * Sees the losses of one micro-batch.
   *
   * @param step the noisy inputs that gave these losses, so that another network can be asked too
   * @param losses of each sample by the run's objective, [b], without a gradient
   */
  default void watch(TrainStep step, SampleLosses losses) {}

  /** Ends the watching of one optimiser step. */
  default void update() {}

  /** An epoch is over; the result is for the user's eyes. */
  default Map<String, Double> endEpoch(TrainListener listener) {
    return Map.of();
  }

  /** What identifies it: a checkpoint made under another one is refused. */
  String identity();

  /** The state to put into a checkpoint, as text that {@link #restore} reads. */
  default String state() {
    return "";
  }

  /** Goes back to a state that {@link #state} gave; the run goes on after {@code step} steps. */
  default void restore(String state, long step) {}
}
