package io.winnow.diffusion;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Predictions as the last layers of networks have them. */
public final class Outputs {
  private Outputs() {}

  /** [B, C, H, W], or [B, 2 C, H, W] where the variance is learnt. */
  public static Tensor of(Prediction prediction) {
    return prediction.variance() == null
        ? prediction.value()
        : torch.cat(new TensorVector(prediction.value(), prediction.variance()), 1);
  }
}
