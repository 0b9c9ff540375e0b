package io.winnow.model.clip;

import io.winnow.nn.Layer;
import io.winnow.nn.LayerNorm;
import io.winnow.nn.Linear;
import io.winnow.nn.MultiHead;
import org.bytedeco.pytorch.Tensor;

/** One pre-norm transformer block: attention, then an MLP, each added to its input. */
final class VisionBlock extends Layer {
  private final LayerNorm layerNorm1;
  private final Linear qProj;
  private final Linear kProj;
  private final Linear vProj;
  private final Linear outProj;
  private final LayerNorm layerNorm2;
  private final Linear fc1;
  private final Linear fc2;
  private final Activation activation;
  private final int heads;

  VisionBlock(VisionTransformerConfig config) {
    int width = config.width();
    kProj = child("self_attn.k_proj", new Linear(width, width));
    vProj = child("self_attn.v_proj", new Linear(width, width));
    qProj = child("self_attn.q_proj", new Linear(width, width));
    outProj = child("self_attn.out_proj", new Linear(width, width));
    layerNorm1 = child("layer_norm1", new LayerNorm(width, config.eps()));
    fc1 = child("mlp.fc1", new Linear(width, config.mlpWidth()));
    fc2 = child("mlp.fc2", new Linear(config.mlpWidth(), width));
    layerNorm2 = child("layer_norm2", new LayerNorm(width, config.eps()));
    activation = config.activation();
    heads = config.heads();
  }

  /** {@code [B, N, D] -> [B, N, D]}. */
  Tensor forward(Tensor x) {
    Tensor h = layerNorm1.forward(x); // [B, N, D]
    h = MultiHead.attend(qProj.forward(h), kProj.forward(h), vProj.forward(h), heads); // [B, N, D]
    Tensor attended = x.add(outProj.forward(h)); // [B, N, D]
    h = activation.apply(fc1.forward(layerNorm2.forward(attended))); // [B, N, 4D]
    return attended.add(fc2.forward(h)); // [B, N, D]
  }
}
