package io.winnow.model.vae;

import io.winnow.nn.Conv2d;
import io.winnow.nn.GroupNorm;
import io.winnow.nn.Layer;
import io.winnow.nn.Silu;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Images to the two halves of the moments. Source: diffusers, {@code autoencoders/vae.py}. */
final class Encoder extends Layer {
  private final Conv2d convIn;
  private final List<EncoderBlock> downBlocks = new ArrayList<>();
  private final MidBlock midBlock;
  private final GroupNorm convNormOut;
  private final Conv2d convOut;

  Encoder(AutoencoderKlConfig config) {
    List<Integer> channels = config.blockOutChannels();
    convIn = child("conv_in", Conv2d.same3x3(config.inChannels(), channels.get(0)));
    for (int level = 0; level < channels.size(); level++) {
      downBlocks.add(child("down_blocks." + level, new EncoderBlock(level, config)));
    }
    midBlock = child("mid_block", new MidBlock(config));
    convNormOut = child("conv_norm_out", VaeParts.norm(config.deepest(), config));
    convOut = child("conv_out", Conv2d.same3x3(config.deepest(), 2 * config.latentChannels()));
  }

  /** {@code [B, in, f H, f W] -> [B, 2 Z, H, W]}. */
  Tensor forward(Tensor x) {
    Tensor h = convIn.forward(x); // [B, C, f H, f W]
    for (EncoderBlock block : downBlocks) {
      h = block.forward(h); // to [B, 4 C, H, W]
    }
    h = midBlock.forward(h); // [B, 4 C, H, W]
    return convOut.forward(Silu.ofTemporary(convNormOut.forward(h))); // [B, 2 Z, H, W]
  }

  void initAsTorch() {
    convIn.initAsTorch();
    downBlocks.forEach(EncoderBlock::initAsTorch);
    midBlock.initAsTorch();
    convOut.initAsTorch();
  }
}
