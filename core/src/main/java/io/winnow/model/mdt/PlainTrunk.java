package io.winnow.model.mdt;

import io.winnow.nn.Layer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Version 1: one block after the other. */
final class PlainTrunk extends Layer implements Trunk {
  private final List<MdtBlock> encoder = new ArrayList<>();
  private final List<MdtBlock> decoder = new ArrayList<>();

  PlainTrunk(MdtConfig config) {
    for (int i = 0; i < config.depth(); i++) {
      MdtBlock block = child("blocks." + i, MdtBlock.plain(config));
      (i < config.depth() - config.decodeLayer() ? encoder : decoder).add(block);
    }
  }

  @Override
  public Tensor encode(Tensor x, Tensor c, Tensor rows) {
    return through(encoder, x, c, rows);
  }

  @Override
  public Tensor decode(Tensor x, Tensor patches, Tensor c, Tensor rows) {
    return through(decoder, x, c, rows);
  }

  private static Tensor through(List<MdtBlock> blocks, Tensor x, Tensor c, Tensor rows) {
    Tensor h = x; // [B, N, D]
    for (MdtBlock block : blocks) {
      h = block.forward(h, c, rows); // [B, N, D]
    }
    return h;
  }
}
