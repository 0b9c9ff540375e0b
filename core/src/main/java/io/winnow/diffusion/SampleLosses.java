package io.winnow.diffusion;

import org.bytedeco.pytorch.Tensor;

/**
 * Losses of every sample, [B], float32.
 *
 * @param trained what training minimises
 * @param compared the part by which two networks are compared on the same inputs: the squared error
 *     of the pass over all tokens, weighted by time step as in training
 */
public record SampleLosses(Tensor trained, Tensor compared) {
  /** Where training minimises what is compared. */
  public static SampleLosses same(Tensor losses) {
    return new SampleLosses(losses, losses);
  }

  /** The same numbers without a gradient. */
  public SampleLosses detach() {
    return new SampleLosses(trained.detach(), compared.detach());
  }
}
