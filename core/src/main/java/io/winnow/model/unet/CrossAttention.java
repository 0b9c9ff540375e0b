package io.winnow.model.unet;

import io.winnow.nn.Layer;
import io.winnow.nn.Linear;
import io.winnow.nn.MultiHead;
import org.bytedeco.pytorch.Tensor;

/**
 * Attention of tokens to a context, which may be the tokens themselves. Source: diffusers, {@code
 * models/attention_processor.py}.
 */
final class CrossAttention extends Layer {
  private final Linear toQ;
  private final Linear toK;
  private final Linear toV;
  private final Linear toOut;
  private final int heads;

  /**
   * Builds the layer.
   *
   * @param contextWidth E
   */
  CrossAttention(int width, int contextWidth, int heads) {
    toQ = child("to_q", new Linear(width, width, false));
    toK = child("to_k", new Linear(contextWidth, width, false));
    toV = child("to_v", new Linear(contextWidth, width, false));
    toOut = child("to_out.0", new Linear(width, width));
    this.heads = heads;
  }

  /**
   * Attends.
   *
   * @param x [B, M, C]
   * @param context [B, N, E]
   * @return [B, M, C]
   */
  Tensor forward(Tensor x, Tensor context) {
    Tensor k = toK.forward(context); // [B, N, C]
    Tensor v = toV.forward(context); // [B, N, C]
    return toOut.forward(MultiHead.attend(toQ.forward(x), k, v, heads));
  }

  void initAsTorch() {
    toQ.initAsTorch();
    toK.initAsTorch();
    toV.initAsTorch();
    toOut.initAsTorch();
  }
}
