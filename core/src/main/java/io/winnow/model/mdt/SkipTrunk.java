package io.winnow.model.mdt;

import io.winnow.nn.Layer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Version 2: the encoder is a U of long skips, and every block of the decoder reads the patches
 * again. Of an odd number of encoder blocks one is lost, as in the reference.
 */
final class SkipTrunk extends Layer implements Trunk {
  private final List<MdtBlock> in = new ArrayList<>();
  private final List<MdtBlock> out = new ArrayList<>();
  private final List<MdtBlock> decoder = new ArrayList<>();

  SkipTrunk(MdtConfig config) {
    int half = (config.depth() - config.decodeLayer()) / 2;
    for (int i = 0; i < half; i++) {
      in.add(child("en_inblocks." + i, MdtBlock.plain(config)));
    }
    for (int i = 0; i < half; i++) {
      out.add(child("en_outblocks." + i, MdtBlock.withSkip(config)));
    }
    for (int i = 0; i < config.decodeLayer(); i++) {
      decoder.add(child("de_blocks." + i, MdtBlock.withSkip(config)));
    }
  }

  @Override
  public Tensor encode(Tensor x, Tensor c, Tensor rows) {
    Deque<Tensor> skips = new ArrayDeque<>();
    Tensor h = x; // [B, N, D]
    for (MdtBlock block : in) {
      h = block.forward(h, c, rows); // [B, N, D]
      skips.push(h);
    }
    for (MdtBlock block : out) {
      h = block.forward(h, skips.pop(), c, rows); // [B, N, D]
    }
    return h;
  }

  @Override
  public Tensor decode(Tensor x, Tensor patches, Tensor c, Tensor rows) {
    Tensor h = x; // [B, L, D]
    for (MdtBlock block : decoder) {
      h = block.forward(h, patches, c, rows); // [B, L, D]
    }
    return h;
  }
}
