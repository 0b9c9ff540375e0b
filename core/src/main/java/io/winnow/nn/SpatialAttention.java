package io.winnow.nn;

import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Self-attention over the pixels of a feature map, with a residual from before the normalisation.
 * Source: diffusers, {@code models/attention_processor.py}.
 */
public final class SpatialAttention extends Layer {
  private final GroupNorm groupNorm;
  private final Linear toQ;
  private final Linear toK;
  private final Linear toV;
  private final Linear toOut;
  private final List<Linear> inputs;
  private final int heads;
  private final Scalar outputScale; // null for 1

  /**
   * Builds the layer.
   *
   * @param headDim width of a head, a divisor of {@code channels}
   * @param outputScale the sum with the input is divided by it
   */
  public SpatialAttention(int channels, int headDim, int groups, double eps, double outputScale) {
    groupNorm = child("group_norm", new GroupNorm(groups, channels, eps));
    toQ = child("to_q", new Linear(channels, channels));
    toK = child("to_k", new Linear(channels, channels));
    toV = child("to_v", new Linear(channels, channels));
    toOut = child("to_out.0", new Linear(channels, channels));
    inputs = List.of(toQ, toK, toV);
    heads = channels / headDim;
    this.outputScale = Residual.scale(outputScale);
  }

  /** {@code [B, C, H, W] -> [B, C, H, W]}. */
  public Tensor forward(Tensor x) {
    // Channels innermost, so that a head's vectors are contiguous; a copy only in the NCHW layout.
    Tensor g = groupNorm.forward(x).contiguous(torch.MemoryFormat.ChannelsLast);
    Tensor qkv = Linear.atPixels(g, inputs); // [B, 3 C, H, W]
    long channels = x.size(1);
    Tensor q = tokens(qkv.narrow(1, 0, channels)); // [B, heads, N, C / heads], N = H W
    Tensor k = tokens(qkv.narrow(1, channels, channels)); // [B, heads, N, C / heads]
    Tensor v = tokens(qkv.narrow(1, 2 * channels, channels)); // [B, heads, N, C / heads]
    Tensor h = torch.scaled_dot_product_attention(q, k, v); // [B, heads, N, C / heads]
    h = h.transpose(2, 3).reshape(x.shape()); // [B, C, H, W]
    return Residual.sum(x, toOut.atPixels(h), outputScale);
  }

  private Tensor tokens(Tensor pixels) {
    return pixels.flatten(2, -1).unflatten(1, heads, -1).transpose(2, 3);
  }

  /** PyTorch's defaults, drawn in the order in which the peer builds the layer. */
  public void initAsTorch() {
    toQ.initAsTorch();
    toK.initAsTorch();
    toV.initAsTorch();
    toOut.initAsTorch();
  }
}
