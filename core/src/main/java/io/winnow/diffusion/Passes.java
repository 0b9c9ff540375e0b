package io.winnow.diffusion;

import io.winnow.config.OrNull;

/**
 * What a step of training asks: about all tokens of the noisy images and, where a network hides
 * some, a second time about a part of them.
 *
 * @param masked the images of the second pass, with noise and labels of their own; null for one
 *     pass
 * @param mask what it sees of them; null for one pass
 */
public record Passes(Noised full, @OrNull Noised masked, @OrNull TokenMask mask) {
  /**
   * What a network said.
   *
   * @param masked null for one pass
   */
  public record Answers(Prediction full, @OrNull Prediction masked) {}

  /** One pass. */
  public static Passes one(Noised noised) {
    return new Passes(noised, null, null);
  }

  /** Samples {@code from} to {@code from + size}; shares the memory. */
  public Passes narrow(long from, long size) {
    return masked == null
        ? one(full.narrow(from, size))
        : new Passes(full.narrow(from, size), masked.narrow(from, size), mask.narrow(from, size));
  }

  /**
   * What a network says to all of them.
   *
   * @throws IllegalArgumentException where a network without masks is asked a masked pass
   */
  public Answers ask(Denoiser network) {
    Prediction whole = full.ask(network);
    if (masked == null) {
      return new Answers(whole, null);
    }
    if (!(network instanceof MaskedDenoiser transformer)) {
      throw new IllegalArgumentException(
          network.getClass().getName()
              + ": asked about a part of the tokens; expected a MaskedDenoiser. Whatever stands"
              + " between the training and its network has to be one.");
    }
    return new Answers(
        whole, transformer.predictMasked(masked.xt(), masked.t(), masked.condition(), mask));
  }
}
