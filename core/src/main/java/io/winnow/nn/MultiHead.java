package io.winnow.nn;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Scaled dot-product attention by several heads of equal width. */
public final class MultiHead {
  private MultiHead() {}

  /**
   * Attends; the scale is 1 / sqrt(D / heads).
   *
   * @param q queries, [B, M, D]; head i is the i-th run of D / heads values
   * @param k keys, [B, N, D]
   * @param v values, [B, N, D]
   * @return [B, M, D]
   */
  public static Tensor attend(Tensor q, Tensor k, Tensor v, int heads) {
    Tensor h =
        torch.scaled_dot_product_attention(
            split(q, heads), split(k, heads), split(v, heads)); // [B, heads, M, D / heads]
    return h.transpose(1, 2).flatten(2, -1);
  }

  /**
   * As {@link #attend}, where token i sees the keys 0 .. i alone (a causal mask).
   *
   * @param q queries, [B, N, D]; head i is the i-th run of D / heads values
   * @param k keys, [B, N, D]
   * @param v values, [B, N, D]
   * @return [B, N, D]
   */
  public static Tensor attendBack(Tensor q, Tensor k, Tensor v, int heads) {
    Tensor h =
        torch.scaled_dot_product_attention(
            split(q, heads),
            split(k, heads),
            split(v, heads),
            new TensorOptional(),
            0,
            true,
            new DoubleOptional(),
            false); // [B, heads, N, D / heads]
    return h.transpose(1, 2).flatten(2, -1);
  }

  private static Tensor split(Tensor tokens, int heads) {
    return tokens.unflatten(2, heads, -1).transpose(1, 2);
  }
}
