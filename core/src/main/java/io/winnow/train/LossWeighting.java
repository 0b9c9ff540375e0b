package io.winnow.train;

import java.util.Map;

/**
 * How the losses of a batch's samples become the one that is differentiated: loss = sum_i c_i l_i
 * with coefficients that no gradient passes through. Extension point; fixed weights are {@link
 * ClassLossWeights}, weights that are learnt on the way are {@code reweight.Reweighting}.
 *
 * <p>Per optimiser step the trainer calls, where {@link #watches}: {@link #watch} with the losses
 * of each micro-batch, {@link #update} once; and then always {@link #coefficients}.
 */
public interface LossWeighting {
  /**
   * Coefficients of the samples of a whole batch, before it is split into micro-batches.
   *
   * @param groups the group (class) of each sample, [B]
   * @return [B]
   */
  double[] coefficients(int[] groups);

  /** Whether this weighting needs the losses of a step before it gives the coefficients. */
  default boolean watches() {
    return false;
  }

  /** Learns what it is going to weigh; called before anything else, resumed runs included. */
  default void begin(WatchedRun run) {}

  /**
   * Sees the losses of one micro-batch.
   *
   * @param step the noisy inputs that gave these losses, so that another network can be asked too
   * @param perSample mean squared error of each sample, [b], float32, without a gradient
   */
  default void watch(TrainStep step, org.bytedeco.pytorch.Tensor perSample) {}

  /** Ends the watching of one optimiser step. */
  default void update() {}

  /** An epoch is over; the result is for the user's eyes. */
  default Map<String, Double> endEpoch(TrainListener listener) {
    return Map.of();
  }

  /**
   * Probabilities of the groups by which an epoch is drawn, [K]; null to visit every sample once
   * per epoch.
   */
  default double[] samplingProbabilities() {
    return null;
  }

  /** What identifies this weighting: a checkpoint made under another one is refused. */
  String identity();

  /** The state to put into a checkpoint, as text that {@link #restore} reads. */
  default String state() {
    return "";
  }

  /** Goes back to a state that {@link #state} gave; the run goes on after {@code step} steps. */
  default void restore(String state, long step) {}
}
