package io.winnow.model.clip;

import io.winnow.nn.Layer;
import io.winnow.nn.LayerNorm;
import io.winnow.nn.Linear;
import io.winnow.nn.MultiHead;
import org.bytedeco.pytorch.Tensor;

/**
 * One pre-norm transformer block of either tower: attention, then an MLP, each added to its input.
 */
final class TransformerBlock extends Layer {
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

  /**
   * What the blocks of a tower share.
   *
   * @param width of a token, D
   * @param mlpWidth of the hidden layer between tokens
   * @param eps of the layer norms
   */
  record Sizes(int width, int mlpWidth, int heads, Activation activation, double eps) {}

  TransformerBlock(Sizes sizes) {
    int width = sizes.width();
    kProj = child("self_attn.k_proj", new Linear(width, width));
    vProj = child("self_attn.v_proj", new Linear(width, width));
    qProj = child("self_attn.q_proj", new Linear(width, width));
    outProj = child("self_attn.out_proj", new Linear(width, width));
    layerNorm1 = child("layer_norm1", new LayerNorm(width, sizes.eps()));
    fc1 = child("mlp.fc1", new Linear(width, sizes.mlpWidth()));
    fc2 = child("mlp.fc2", new Linear(sizes.mlpWidth(), width));
    layerNorm2 = child("layer_norm2", new LayerNorm(width, sizes.eps()));
    activation = sizes.activation();
    heads = sizes.heads();
  }

  /** Every token attends to every other: {@code [B, N, D] -> [B, N, D]}. */
  Tensor forward(Tensor x) {
    Tensor h = layerNorm1.forward(x); // [B, N, D]
    h = MultiHead.attend(qProj.forward(h), kProj.forward(h), vProj.forward(h), heads); // [B, N, D]
    return rest(x, h);
  }

  /** Every token attends to itself and those before it: {@code [B, N, D] -> [B, N, D]}. */
  Tensor causal(Tensor x) {
    Tensor h = layerNorm1.forward(x); // [B, N, D]
    h = MultiHead.attendBack(qProj.forward(h), kProj.forward(h), vProj.forward(h), heads);
    return rest(x, h);
  }

  private Tensor rest(Tensor x, Tensor h) {
    Tensor attended = x.add(outProj.forward(h)); // [B, N, D]
    h = activation.apply(fc1.forward(layerNorm2.forward(attended))); // [B, N, 4D]
    return attended.add(fc2.forward(h)); // [B, N, D]
  }

  /** PyTorch's defaults of the layers, in the order of registration. */
  void initAsTorch() {
    for (Linear layer : new Linear[] {kProj, vProj, qProj, outProj, fc1, fc2}) {
      layer.initAsTorch();
    }
  }
}
