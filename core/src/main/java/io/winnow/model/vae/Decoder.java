package io.winnow.model.vae;

import io.winnow.nn.Conv2d;
import io.winnow.nn.GroupNorm;
import io.winnow.nn.Layer;
import io.winnow.nn.Silu;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Latents to images. Source: diffusers, {@code autoencoders/vae.py}. */
final class Decoder extends Layer {
  private final Conv2d convIn;
  private final List<DecoderBlock> upBlocks = new ArrayList<>();
  private final MidBlock midBlock;
  private final GroupNorm convNormOut;
  private final Conv2d convOut;

  Decoder(AutoencoderKlConfig config) {
    int finest = config.blockOutChannels().get(0);
    convIn = child("conv_in", Conv2d.same3x3(config.latentChannels(), config.deepest()));
    for (int level = 0; level < config.blockOutChannels().size(); level++) {
      upBlocks.add(child("up_blocks." + level, new DecoderBlock(level, config)));
    }
    midBlock = child("mid_block", new MidBlock(config));
    convNormOut = child("conv_norm_out", VaeParts.norm(finest, config));
    convOut = child("conv_out", Conv2d.same3x3(finest, config.outChannels()));
  }

  /** {@code [B, Z, H, W] -> [B, out, f H, f W]}. */
  Tensor forward(Tensor z) {
    Tensor h = midBlock.forward(convIn.forward(z)); // [B, 4 C, H, W]
    for (DecoderBlock block : upBlocks) {
      h = block.forward(h); // to [B, C, f H, f W]
    }
    return convOut.forward(Silu.ofTemporary(convNormOut.forward(h))); // [B, out, f H, f W]
  }

  void initAsTorch() {
    convIn.initAsTorch();
    midBlock.initAsTorch();
    upBlocks.forEach(DecoderBlock::initAsTorch);
    convOut.initAsTorch();
  }
}
