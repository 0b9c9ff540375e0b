package io.winnow.model.unet;

import io.winnow.nn.Layer;
import io.winnow.nn.Recomputation;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** The coarsest point: residual block, transformer, residual block. */
final class ConditionMidBlock2d extends Layer {
  private final ConditionUnits units;

  ConditionMidBlock2d(UNet2dConditionConfig config) {
    int coarsest = config.levels() - 1;
    int channels = config.blockOutChannels().get(coarsest);
    List<Integer> in = List.of(channels, channels);
    units = new ConditionUnits(this::child, coarsest, in, 1, config.midBlockScaleFactor(), config);
  }

  /** {@code [B, C, H, W] -> [B, C, H, W]}. */
  Tensor forward(Tensor h, Told told, Recomputation steps) {
    Tensor middle = steps.of(() -> units.forward(0, h, told));
    return steps.of(() -> units.forward(1, middle, told));
  }

  void initAsTorch() {
    units.initAsTorch();
  }
}
