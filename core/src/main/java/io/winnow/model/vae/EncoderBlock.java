package io.winnow.model.vae;

import io.winnow.nn.Downsample2d;
import io.winnow.nn.Layer;
import io.winnow.nn.ResnetBlock2d;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** One level of the encoder: residual blocks, then a strided convolution, except at the last. */
final class EncoderBlock extends Layer {
  private final List<ResnetBlock2d> resnets = new ArrayList<>();
  private final Downsample2d downsample; // null at the coarsest level

  EncoderBlock(int level, AutoencoderKlConfig config) {
    List<Integer> channels = config.blockOutChannels();
    int out = channels.get(level);
    for (int j = 0; j < config.layersPerBlock(); j++) {
      int in = j == 0 ? channels.get(Math.max(0, level - 1)) : out;
      resnets.add(child("resnets." + j, VaeParts.resnet(in, out, config)));
    }
    downsample =
        level == channels.size() - 1 ? null : child("downsamplers.0", new Downsample2d(out, 0));
  }

  /** {@code [B, in, H, W] -> [B, out, H/2, W/2]}; the size stays at the coarsest level. */
  Tensor forward(Tensor h) {
    for (ResnetBlock2d resnet : resnets) {
      h = resnet.forward(h, null); // [B, out, H, W]
    }
    return downsample == null ? h : downsample.forward(h);
  }

  void initAsTorch() {
    resnets.forEach(ResnetBlock2d::initAsTorch);
    if (downsample != null) {
      downsample.initAsTorch();
    }
  }
}
