package io.winnow.model.vae;

import io.winnow.nn.Layer;
import io.winnow.nn.ResnetBlock2d;
import io.winnow.nn.SpatialAttention;
import org.bytedeco.pytorch.Tensor;

/** The coarsest point of either half: residual block, attention, residual block. */
final class MidBlock extends Layer {
  private final SpatialAttention attention;
  private final ResnetBlock2d first;
  private final ResnetBlock2d second;

  MidBlock(AutoencoderKlConfig config) {
    int channels = config.deepest();
    attention = child("attentions.0", VaeParts.attention(channels, config));
    first = child("resnets.0", VaeParts.resnet(channels, channels, config));
    second = child("resnets.1", VaeParts.resnet(channels, channels, config));
  }

  /** {@code [B, C, H, W] -> [B, C, H, W]}. */
  Tensor forward(Tensor h) {
    return second.forward(attention.forward(first.forward(h, null)), null);
  }

  void initAsTorch() {
    attention.initAsTorch();
    first.initAsTorch();
    second.initAsTorch();
  }
}
