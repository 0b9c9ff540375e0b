package io.winnow.train;

import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;

/**
 * How the losses of a batch's samples become the one that is differentiated: loss = sum_i c_i l_i
 * with coefficients that no gradient passes through. Extension point; fixed weights are {@link
 * ClassLossWeights}, weights that are learnt on the way are {@code reweight.Reweighting}.
 *
 * <p>The trainer asks one that {@link #watches} for coefficients in every step, after {@link
 * #update}; another one ahead of the steps, from a thread of its own.
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
   * The same on the device of the losses, for weights that are learnt there: nothing is read from
   * it.
   *
   * @return [B], float64
   */
  default Tensor coefficients(int[] groups, Device device) {
    double[] values = coefficients(groups);
    return Tensors.sent(Tensors.of(values, values.length), device);
  }

  /**
   * Probabilities of the groups by which an epoch is drawn, [K]; null to visit every sample once
   * per epoch.
   */
  default double[] samplingProbabilities() {
    return null;
  }
}
