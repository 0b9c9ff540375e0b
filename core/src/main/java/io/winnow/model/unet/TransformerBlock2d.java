package io.winnow.model.unet;

import io.winnow.nn.Layer;
import io.winnow.nn.LayerNorm;
import io.winnow.nn.Linear;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Self-attention, attention to the text, and a gated MLP (GEGLU; Shazeer, 2020), each over a layer
 * norm and added to its input. Source: diffusers, {@code models/attention.py}.
 */
final class TransformerBlock2d extends Layer {
  private static final double NORM_EPS = 1e-5;
  private static final int EXPANSION = 4;

  private final LayerNorm norm1;
  private final CrossAttention attn1;
  private final LayerNorm norm2;
  private final CrossAttention attn2;
  private final LayerNorm norm3;
  private final Linear gated;
  private final Linear down;

  TransformerBlock2d(int width, int contextWidth, int heads) {
    norm1 = child("norm1", new LayerNorm(width, NORM_EPS));
    attn1 = child("attn1", new CrossAttention(width, width, heads));
    norm2 = child("norm2", new LayerNorm(width, NORM_EPS));
    attn2 = child("attn2", new CrossAttention(width, contextWidth, heads));
    norm3 = child("norm3", new LayerNorm(width, NORM_EPS));
    gated = child("ff.net.0.proj", new Linear(width, 2 * EXPANSION * width));
    down = child("ff.net.2", new Linear(EXPANSION * width, width));
  }

  /**
   * One block.
   *
   * @param x tokens of the feature map, [B, M, C]
   * @param context states of the text, [B, N, E]
   * @return [B, M, C]
   */
  Tensor forward(Tensor x, Tensor context) {
    Tensor h = norm1.forward(x); // [B, M, C]
    x = x.add(attn1.forward(h, h)); // [B, M, C]
    x = x.add(attn2.forward(norm2.forward(x), context)); // [B, M, C]
    TensorVector halves = gated.forward(norm3.forward(x)).chunk(2, -1); // [B, M, 4 C] each
    return x.add(down.forward(halves.get(0).mul(torch.gelu(halves.get(1))))); // [B, M, C]
  }

  void initAsTorch() {
    attn1.initAsTorch();
    attn2.initAsTorch();
    gated.initAsTorch();
    down.initAsTorch();
  }
}
