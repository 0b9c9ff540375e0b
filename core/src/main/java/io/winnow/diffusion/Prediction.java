package io.winnow.diffusion;

import io.winnow.config.OrNull;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * What a network says about noisy images.
 *
 * @param value eps, v, x0 or the velocity, whatever the network was trained for, [B, C, H, W]
 * @param variance where the logarithm of a learnt variance lies between its bounds, which are -1
 *     and 1 (Nichol and Dhariwal, 2021), [B, C, H, W]; null where the variance is not learnt
 */
public record Prediction(Tensor value, @OrNull Tensor variance) {
  /** Of a network that does not learn the variance. */
  public static Prediction of(Tensor value) {
    return new Prediction(value, null);
  }

  /**
   * Of the last layer of a network: twice as many channels as the images' are the value, then the
   * variance. Shares the memory.
   *
   * @param output [B, out, H, W]
   * @param channels C
   */
  public static Prediction of(Tensor output, long channels) {
    if (output.size(1) != 2 * channels) {
      return of(output);
    }
    TensorVector halves = output.chunk(2, 1);
    return new Prediction(halves.get(0), halves.get(1)); // [B, C, H, W] each
  }

  /** The same change of both. */
  public Prediction map(UnaryOperator<Tensor> change) {
    return new Prediction(change.apply(value), variance == null ? null : change.apply(variance));
  }

  /** Another value beside the same variance. */
  public Prediction withValue(Tensor other) {
    return new Prediction(other, variance);
  }
}
