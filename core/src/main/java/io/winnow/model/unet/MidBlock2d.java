package io.winnow.model.unet;

import io.winnow.nn.Layer;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** The coarsest point: residual block, attention, residual block. */
final class MidBlock2d extends Layer {
  private final Units units;

  MidBlock2d(UNet2dConfig config) {
    int channels = config.blockOutChannels().get(config.levels() - 1);
    int attentions = config.midAttention() ? 1 : 0;
    units =
        new Units(
            this::child,
            List.of(channels, channels),
            channels,
            attentions,
            config.midBlockScaleFactor(),
            config);
  }

  /** {@code [B, C, H, W] -> [B, C, H, W]}. */
  Tensor forward(Tensor h, Tensor temb) {
    return units.forward(1, units.forward(0, h, temb), temb);
  }

  void initAsTorch() {
    units.initAsTorch();
  }
}
