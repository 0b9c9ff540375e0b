package io.winnow.model.mdt;

import io.winnow.nn.Layer;
import io.winnow.nn.Linear;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/** From tokens back to cells. */
final class FinalLayer extends Layer {
  private final Linear linear;
  private final Linear adaLn;
  private final int grid;
  private final int patch;
  private final int channels;

  FinalLayer(MdtConfig config) {
    int width = config.hiddenSize();
    grid = config.grid();
    patch = config.patchSize();
    channels = config.outChannels();
    linear = child("linear", new Linear(width, patch * patch * channels));
    adaLn = child("adaLN_modulation.1", new Linear(width, 2 * width));
  }

  /**
   * One number per cell and channel; a token's are laid out as (row, column, channel).
   *
   * @param x [B, L, D]
   * @param c silu of the condition, [B, D]
   * @return {@code [B, out, H, W]}
   */
  Tensor forward(Tensor x, Tensor c) {
    TensorVector m = adaLn.forward(c).unsqueeze(1).chunk(2, 2); // shift, scale: [B, 1, D]
    Tensor h = linear.forward(Modulated.norm(x, m.get(0), m.get(1))); // [B, L, P P out]
    Tensor cells = h.view(h.size(0), grid, grid, patch, patch, channels);
    long side = (long) grid * patch;
    return cells.permute(0, 5, 1, 3, 2, 4).reshape(h.size(0), channels, side, side);
  }
}
