package io.winnow.model.mdt;

import io.winnow.nn.Layer;
import io.winnow.nn.Linear;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Self-attention with a bias by relative position. */
final class Attention extends Layer {
  private final Linear qkv;
  private final Linear proj;
  private final RelativePosition relPosBias;
  private final int heads;

  Attention(MdtConfig config) {
    int width = config.hiddenSize();
    qkv = child("qkv", new Linear(width, 3 * width));
    proj = child("proj", new Linear(width, width));
    heads = config.numHeads();
    relPosBias = child("rel_pos_bias", new RelativePosition(config.grid(), heads));
  }

  /**
   * One layer.
   *
   * @param x [B, N, D]
   * @param rows of {@link RelativePosition#rows}, [B or 1, N, N]
   * @return {@code [B, N, D]}
   */
  Tensor forward(Tensor x, Tensor rows) {
    Tensor all = qkv.forward(x).unflatten(2, 3, heads, -1).permute(2, 0, 3, 1, 4);
    Tensor q = all.select(0, 0); // [B, heads, N, D / heads]
    Tensor bias = relPosBias.bias(rows).to(q.scalar_type());
    Tensor whole = bias.expand(x.size(0), heads, x.size(1), x.size(1));
    Tensor h =
        torch.scaled_dot_product_attention(
            q,
            all.select(0, 1),
            all.select(0, 2),
            new TensorOptional(whole),
            0,
            false,
            new DoubleOptional(),
            false); // [B, heads, N, D / heads]
    return proj.forward(h.transpose(1, 2).flatten(2, -1)); // [B, N, D]
  }
}
