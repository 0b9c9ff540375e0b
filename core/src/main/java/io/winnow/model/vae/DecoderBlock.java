package io.winnow.model.vae;

import io.winnow.nn.Conv2d;
import io.winnow.nn.Layer;
import io.winnow.nn.ResnetBlock2d;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * One level of the decoder: residual blocks, then nearest-neighbour upsampling and a convolution,
 * except at the finest.
 */
final class DecoderBlock extends Layer {
  private final List<ResnetBlock2d> resnets = new ArrayList<>();
  private final Conv2d upsample; // null at the finest level

  /**
   * Builds the block.
   *
   * @param level counted from the coarsest
   */
  DecoderBlock(int level, AutoencoderKlConfig config) {
    List<Integer> channels = config.blockOutChannels();
    int last = channels.size() - 1;
    int out = channels.get(last - level);
    for (int j = 0; j <= config.layersPerBlock(); j++) {
      int in = j == 0 ? channels.get(Math.min(last, last - level + 1)) : out;
      resnets.add(child("resnets." + j, VaeParts.resnet(in, out, config)));
    }
    upsample = level == last ? null : child("upsamplers.0.conv", Conv2d.same3x3(out, out));
  }

  /** {@code [B, in, H, W] -> [B, out, 2H, 2W]}; the size stays at the finest level. */
  Tensor forward(Tensor h) {
    for (ResnetBlock2d resnet : resnets) {
      h = resnet.forward(h, null); // [B, out, H, W]
    }
    return upsample == null
        ? h
        : upsample.forward(torch.upsample_nearest2d(h, 2 * h.size(2), 2 * h.size(3)));
  }

  void initAsTorch() {
    resnets.forEach(ResnetBlock2d::initAsTorch);
    if (upsample != null) {
      upsample.initAsTorch();
    }
  }
}
