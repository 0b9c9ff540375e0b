package io.winnow.diffusion;

import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Which tokens of every image a pass sees. Who is compared on the same images shares one mask.
 *
 * @param kept numbers of the tokens seen, in the order in which they are seen, [B, N], int64
 * @param restore where each token stands in the shuffled order, the kept ones first, [B, L], int64
 * @param removed 1 where a token is hidden, else 0, [B, L], float32
 */
public record TokenMask(Tensor kept, Tensor restore, Tensor removed) {
  /**
   * The tokens with the smallest draws, in the order of their draws.
   *
   * @param uniform draws in [0, 1), [B, L]
   * @param keep N, at most L
   */
  public static TokenMask of(Tensor uniform, int keep) {
    Tensor shuffled = torch.argsort(uniform, true, 1, false); // [B, L]
    Tensor restore = torch.argsort(shuffled, true, 1, false); // [B, L]
    Tensor removed = restore.ge(new Scalar(keep)).to(torch.ScalarType.Float); // [B, L]
    return new TokenMask(shuffled.narrow(1, 0, keep), restore, removed);
  }

  /** The same mask with its tensors somewhere else, or a part of them. */
  public TokenMask map(UnaryOperator<Tensor> change) {
    return new TokenMask(change.apply(kept), change.apply(restore), change.apply(removed));
  }

  /** Images {@code from} to {@code from + size}; shares the memory. */
  public TokenMask narrow(long from, long size) {
    return map(tensor -> tensor.narrow(0, from, size));
  }
}
