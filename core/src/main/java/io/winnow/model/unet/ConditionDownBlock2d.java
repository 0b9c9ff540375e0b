package io.winnow.model.unet;

import io.winnow.nn.Conv2d;
import io.winnow.nn.Layer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** One level on the way down: units, then a strided convolution, except at the coarsest level. */
final class ConditionDownBlock2d extends Layer {
  private final ConditionUnits units;
  private final Conv2d downsample; // null at the coarsest level
  private final boolean padBeforehand;

  ConditionDownBlock2d(int level, UNet2dConditionConfig config) {
    int out = config.blockOutChannels().get(level);
    List<Integer> in =
        new ArrayList<>(Collections.nCopies(config.layersPerBlock().get(level), out));
    in.set(0, config.blockOutChannels().get(Math.max(0, level - 1)));
    int transformers = config.downCross().get(level) ? in.size() : 0;
    units = new ConditionUnits(this::child, level, in, transformers, 1, config);
    downsample =
        level == config.levels() - 1
            ? null
            : child(
                "downsamplers.0.conv",
                new Conv2d(out, out, 3, 2, config.downsamplePadding(), true));
    padBeforehand = config.downsamplePadding() == 0;
  }

  /** {@code [B, in, H, W]}, the last skip, to {@code [B, out, H/2, W/2]}; pushes every step. */
  void forward(Skips skips, Tensor temb, Tensor context) {
    for (int j = 0; j < units.count(); j++) {
      skips.push(units.forward(j, skips.last(), temb, context)); // [B, out, H, W]
    }
    if (downsample != null) {
      Tensor h = skips.last();
      // Without symmetric padding the peer pads one column on the right and one row below.
      skips.push(downsample.forward(padBeforehand ? torch.constant_pad_nd(h, 0, 1, 0, 1) : h));
    }
  }

  void initAsTorch() {
    units.initAsTorch();
    if (downsample != null) {
      downsample.initAsTorch();
    }
  }
}
