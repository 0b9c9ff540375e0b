package io.winnow.train;

/**
 * How the losses of a batch's samples become the one that is differentiated: loss = sum_i c_i l_i
 * with coefficients that no gradient passes through. Extension point; fixed weights are {@link
 * ClassLossWeights}, weights that are learnt on the way are {@code reweight.Reweighting}.
 *
 * <p>The trainer calls {@link #coefficients} in every step, after {@link #update} where this {@link
 * #watches}.
 */
public interface LossWeighting extends LossObserver {
  /**
   * Coefficients of the samples of a whole batch, before it is split into micro-batches.
   *
   * @param groups the group (class) of each sample, [B]
   * @return [B]
   */
  double[] coefficients(int[] groups);

  /**
   * Probabilities of the groups by which an epoch is drawn, [K]; null to visit every sample once
   * per epoch.
   */
  default double[] samplingProbabilities() {
    return null;
  }
}
