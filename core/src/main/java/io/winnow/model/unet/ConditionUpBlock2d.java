package io.winnow.model.unet;

import io.winnow.nn.Conv2d;
import io.winnow.nn.Layer;
import io.winnow.nn.Recomputation;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * One level on the way up: units, each of which takes a skip, then nearest-neighbour upsampling and
 * a convolution, except at the finest level.
 */
final class ConditionUpBlock2d extends Layer {
  private final ConditionUnits units;
  private final Conv2d upsample; // null at the finest level

  /**
   * Builds the block.
   *
   * @param step counted from the coarsest level
   */
  ConditionUpBlock2d(int step, UNet2dConditionConfig config) {
    List<Integer> channels = config.blockOutChannels();
    int coarsest = config.levels() - 1;
    int level = coarsest - step;
    int out = channels.get(level);
    int layers = config.layersPerBlock().get(level) + 1;
    List<Integer> in = new ArrayList<>();
    for (int j = 0; j < layers; j++) {
      int below = j == 0 ? channels.get(Math.min(level + 1, coarsest)) : out;
      int skip = j == layers - 1 ? channels.get(Math.max(level - 1, 0)) : out;
      in.add(below + skip);
    }
    int transformers = config.upCross().get(step) ? layers : 0;
    units = new ConditionUnits(this::child, level, in, transformers, 1, config);
    upsample = level == 0 ? null : child("upsamplers.0.conv", Conv2d.same3x3(out, out));
  }

  /** {@code [B, below, H, W] -> [B, out, 2H, 2W]}; pops what the way down pushed. */
  Tensor forward(Tensor below, Skips skips, Told told, Recomputation steps) {
    Tensor h = below;
    for (int j = 0; j < units.count(); j++) {
      int unit = j;
      Tensor in = h;
      Tensor skip = skips.pop();
      h = steps.of(() -> units.forward(unit, joined(in, skip), told)); // [B, out, H, W]
    }
    if (upsample == null) {
      return h;
    }
    Tensor in = h;
    Tensor next = skips.last(); // twice the size, or one less where the way down rounded up
    return steps.of(
        () -> upsample.forward(torch.upsample_nearest2d(in, next.size(2), next.size(3))));
  }

  /** {@code [B, in_j, H, W]}. */
  private static Tensor joined(Tensor h, Tensor skip) {
    return torch.cat(new TensorVector(h, skip), 1);
  }

  void initAsTorch() {
    units.initAsTorch();
    if (upsample != null) {
      upsample.initAsTorch();
    }
  }
}
