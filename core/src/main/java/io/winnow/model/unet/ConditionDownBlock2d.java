package io.winnow.model.unet;

import io.winnow.nn.Downsample2d;
import io.winnow.nn.Layer;
import io.winnow.nn.Recomputation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** One level on the way down: units, then a strided convolution, except at the coarsest level. */
final class ConditionDownBlock2d extends Layer {
  private final ConditionUnits units;
  private final Downsample2d downsample; // null at the coarsest level

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
            : child("downsamplers.0", new Downsample2d(out, config.downsamplePadding()));
  }

  /** {@code [B, in, H, W]}, the last skip, to {@code [B, out, H/2, W/2]}; pushes every step. */
  void forward(Skips skips, Told told, Recomputation steps) {
    for (int j = 0; j < units.count(); j++) {
      int unit = j;
      Tensor h = skips.last();
      skips.push(steps.of(() -> units.forward(unit, h, told))); // [B, out, H, W]
    }
    if (downsample != null) {
      Tensor h = skips.last();
      skips.push(steps.of(() -> downsample.forward(h)));
    }
  }

  void initAsTorch() {
    units.initAsTorch();
    if (downsample != null) {
      downsample.initAsTorch();
    }
  }
}
