package io.winnow.model.clip;

import io.winnow.nn.Layer;
import io.winnow.nn.Linear;
import io.winnow.nn.MultiHead;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Pools a feature map by attention: the mean of all cells asks, the mean and the cells answer.
 * Source: openai/CLIP, {@code AttentionPool2d}.
 */
final class AttentionPool extends Layer {
  private final Tensor positionalEmbedding; // [N + 1, D]
  private final Linear kProj;
  private final Linear qProj;
  private final Linear vProj;
  private final Linear cProj;
  private final int heads;

  AttentionPool(int cells, int width, int heads, int outputDimension) {
    positionalEmbedding = parameter("positional_embedding", torch.zeros(cells + 1, width));
    kProj = child("k_proj", new Linear(width, width));
    qProj = child("q_proj", new Linear(width, width));
    vProj = child("v_proj", new Linear(width, width));
    cProj = child("c_proj", new Linear(width, outputDimension));
    this.heads = heads;
  }

  /** {@code [B, D, H, W] -> [B, P]}. */
  Tensor forward(Tensor x) {
    Tensor cells = x.flatten(2, -1).transpose(1, 2); // [B, N, D]
    Tensor mean = cells.mean(new long[] {1}, true, null); // [B, 1, D]
    Tensor tokens =
        torch.cat(new TensorVector(mean, cells), 1).add(positionalEmbedding); // [B, N + 1, D]
    Tensor q = qProj.forward(tokens.narrow(1, 0, 1)); // [B, 1, D]
    Tensor h =
        MultiHead.attend(q, kProj.forward(tokens), vProj.forward(tokens), heads); // [B, 1, D]
    return cProj.forward(h.squeeze(1)); // [B, P]
  }
}
