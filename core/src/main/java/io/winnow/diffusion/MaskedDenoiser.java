package io.winnow.diffusion;

import io.winnow.config.OrNull;
import org.bytedeco.pytorch.Tensor;

/** A denoiser that can be asked about images of which it sees a part of the tokens. */
public interface MaskedDenoiser extends Denoiser {
  /**
   * Predicts for whole images from the tokens kept.
   *
   * @param mask of L tokens; the other arguments and the result as in {@link #predict}
   */
  Prediction predictMasked(Tensor xt, Tensor t, Condition condition, TokenMask mask);

  /** L, tokens of an image. */
  int tokens();

  /** How many of them training hides; null for a network that is never asked so. */
  @OrNull
  MaskRule maskRule();
}
