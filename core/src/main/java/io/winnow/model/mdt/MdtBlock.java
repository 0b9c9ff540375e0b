package io.winnow.model.mdt;

import io.winnow.nn.Layer;
import io.winnow.nn.Linear;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A transformer block whose norms and residual branches are scaled by the condition (adaLN-Zero):
 *
 * <p>x += gate_a attn(LN(x) (1 + scale_a) + shift_a); x += gate_m mlp(LN(x) (1 + scale_m) +
 * shift_m).
 */
final class MdtBlock extends Layer {
  private static final int MODULATIONS = 6;

  private final Attention attn;
  private final Linear fc1;
  private final Linear fc2;
  private final Linear adaLn;
  private final Linear skipLinear; // null for a block without a long skip

  private MdtBlock(MdtConfig config, boolean skip) {
    int width = config.hiddenSize();
    int hidden = (int) (config.mlpRatio() * width);
    attn = child("attn", new Attention(config));
    fc1 = child("mlp.fc1", new Linear(width, hidden));
    fc2 = child("mlp.fc2", new Linear(hidden, width));
    adaLn = child("adaLN_modulation.1", new Linear(width, MODULATIONS * width));
    skipLinear = skip ? child("skip_linear", new Linear(2 * width, width)) : null;
  }

  static MdtBlock plain(MdtConfig config) {
    return new MdtBlock(config, false);
  }

  static MdtBlock withSkip(MdtConfig config) {
    return new MdtBlock(config, true);
  }

  /**
   * A plain block.
   *
   * @param x [B, N, D]
   * @param c silu of the condition, [B, D]
   * @param rows of {@link RelativePosition#rows}, [B or 1, N, N]
   * @return {@code [B, N, D]}
   */
  Tensor forward(Tensor x, Tensor c, Tensor rows) {
    TensorVector m = adaLn.forward(c).unsqueeze(1).chunk(MODULATIONS, 2); // [B, 1, D] each
    Tensor h = attn.forward(Modulated.norm(x, m.get(0), m.get(1)), rows); // [B, N, D]
    Tensor attended = torch.addcmul(x, m.get(2), h); // [B, N, D]
    h = fc1.forward(Modulated.norm(attended, m.get(3), m.get(4))); // [B, N, hidden]
    h = fc2.forward(torch.gelu(h, "tanh")); // [B, N, D]
    return torch.addcmul(attended, m.get(5), h); // [B, N, D]
  }

  /** A block with a long skip, which is read beside x: {@code [B, N, D]}. */
  Tensor forward(Tensor x, Tensor skip, Tensor c, Tensor rows) {
    return forward(skipLinear.forward(torch.cat(new TensorVector(x, skip), 2)), c, rows);
  }
}
