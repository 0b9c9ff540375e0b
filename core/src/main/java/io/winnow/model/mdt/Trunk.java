package io.winnow.model.mdt;

import org.bytedeco.pytorch.Tensor;

/**
 * The blocks of a network: those before the hidden tokens come back, and those after. Shapes as in
 * {@link MdtBlock#forward(Tensor, Tensor, Tensor)}.
 */
sealed interface Trunk permits PlainTrunk, SkipTrunk {
  /**
   * The encoder.
   *
   * @param x tokens, all or those kept, [B, N, D]
   * @return {@code [B, N, D]}
   */
  Tensor encode(Tensor x, Tensor c, Tensor rows);

  /**
   * The decoder.
   *
   * @param x all tokens, [B, L, D]
   * @param patches the network's input as tokens, [B, L, D]
   * @return {@code [B, L, D]}
   */
  Tensor decode(Tensor x, Tensor patches, Tensor c, Tensor rows);
}
