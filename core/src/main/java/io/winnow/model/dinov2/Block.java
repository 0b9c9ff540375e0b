package io.winnow.model.dinov2;

import io.winnow.nn.Layer;
import io.winnow.nn.LayerNorm;
import io.winnow.nn.Linear;
import io.winnow.nn.MultiHead;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** One pre-norm transformer block whose branches are scaled per channel. */
final class Block extends Layer {
  private static final double EPS = 1e-6;

  private final LayerNorm norm1;
  private final Linear qkv;
  private final Linear proj;
  private final Tensor gamma1; // [D], or null
  private final LayerNorm norm2;
  private final FeedForward mlp;
  private final Tensor gamma2; // [D], or null
  private final int width;
  private final int heads;

  Block(DinoV2Config config) {
    width = config.width();
    heads = config.heads();
    norm1 = child("norm1", new LayerNorm(width, EPS));
    qkv = child("attn.qkv", new Linear(width, 3 * width));
    proj = child("attn.proj", new Linear(width, width));
    gamma1 = config.layerScale() ? parameter("ls1.gamma", torch.ones(width)) : null;
    norm2 = child("norm2", new LayerNorm(width, EPS));
    mlp = child("mlp", new FeedForward(config.feedForward(), width));
    gamma2 = config.layerScale() ? parameter("ls2.gamma", torch.ones(width)) : null;
  }

  /** {@code [B, N, D] -> [B, N, D]}. */
  Tensor forward(Tensor x) {
    Tensor rows = qkv.forward(norm1.forward(x)); // [B, N, 3D]
    Tensor q = rows.narrow(2, 0, width); // [B, N, D]
    Tensor k = rows.narrow(2, width, width); // [B, N, D]
    Tensor v = rows.narrow(2, 2L * width, width); // [B, N, D]
    Tensor h = proj.forward(MultiHead.attend(q, k, v, heads)); // [B, N, D]
    Tensor attended = x.add(scaled(h, gamma1)); // [B, N, D]
    h = mlp.forward(norm2.forward(attended)); // [B, N, D]
    return attended.add(scaled(h, gamma2)); // [B, N, D]
  }

  private static Tensor scaled(Tensor branch, Tensor gamma) {
    return gamma == null ? branch : branch.mul(gamma);
  }
}
