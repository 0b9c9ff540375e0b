package io.winnow.train;

import java.nio.file.Path;
import java.util.Map;

/** Hears how a training run goes. Every method does nothing unless overridden. */
public interface TrainListener {
  /** A listener that ignores everything. */
  TrainListener NONE = new TrainListener() {};

  /** Every few steps. */
  default void onReport(TrainReport report) {}

  /**
   * At the end of an epoch.
   *
   * @param notes numbers that the weighting of the loss wants known, by name; empty for fixed
   *     weights
   */
  default void onEpoch(Position position, Map<String, Double> notes) {}

  /** The run goes on from a checkpoint. */
  default void onResume(Position position, Path checkpoint) {}

  /** A checkpoint stands. */
  default void onCheckpoint(Position position, Path checkpoint) {}

  /** Something that the caller should tell the user, in a whole sentence. */
  default void onWarning(String message) {}
}
