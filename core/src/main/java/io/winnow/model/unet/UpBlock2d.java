package io.winnow.model.unet;

import io.winnow.nn.Conv2d;
import io.winnow.nn.Layer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * One level on the way up: units, each of which takes a skip, then nearest-neighbour upsampling and
 * a convolution, except at the finest level.
 */
final class UpBlock2d extends Layer {
  private final Units units;
  private final Conv2d upsample; // null at the finest level

  /**
   * Builds the block.
   *
   * @param level counted from the coarsest
   */
  UpBlock2d(int level, UNet2dConfig config) {
    List<Integer> channels = config.upChannels();
    int out = channels.get(level);
    int last = config.levels() - 1;
    List<Integer> in = new ArrayList<>();
    for (int j = 0; j <= config.layersPerBlock(); j++) {
      int below = j == 0 ? channels.get(Math.max(0, level - 1)) : out;
      int skip = j == config.layersPerBlock() ? channels.get(Math.min(level + 1, last)) : out;
      in.add(below + skip);
    }
    int attentions = config.upAttention().get(level) ? in.size() : 0;
    units = new Units(this::child, in, out, attentions, 1, config);
    upsample = level == last ? null : child("upsamplers.0.conv", Conv2d.same3x3(out, out));
  }

  /** {@code [B, below, H, W] -> [B, out, 2H, 2W]}; pops what the way down pushed. */
  Tensor forward(Tensor h, Skips skips, Tensor temb) {
    for (int j = 0; j < units.count(); j++) {
      h = unit(j, h, skips, temb); // [B, out, H, W]
    }
    return upsampled(h);
  }

  int units() {
    return units.count();
  }

  /** Unit j alone. */
  Tensor unit(int j, Tensor h, Skips skips, Tensor temb) {
    Tensor joined = torch.cat(new TensorVector(h, skips.pop()), 1); // [B, in_j, H, W]
    return units.forward(j, joined, temb);
  }

  /** {@code [B, out, H, W] -> [B, out, 2H, 2W]}; unchanged at the finest level. */
  Tensor upsampled(Tensor h) {
    return upsample == null
        ? h
        : upsample.forward(torch.upsample_nearest2d(h, 2 * h.size(2), 2 * h.size(3)));
  }

  void initAsTorch() {
    units.initAsTorch();
    if (upsample != null) {
      upsample.initAsTorch();
    }
  }
}
