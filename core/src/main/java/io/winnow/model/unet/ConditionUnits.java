package io.winnow.model.unet;

import io.winnow.nn.ResnetBlock2d;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * The units of one block of a text-conditional U-Net: residual blocks, each followed by a
 * transformer where the block has them. They are registered with the block under the peer's names,
 * transformers first.
 */
final class ConditionUnits {
  private final List<ResnetBlock2d> resnets = new ArrayList<>();
  private final List<Transformer2d> transformers = new ArrayList<>();

  /**
   * Builds the units.
   *
   * @param level whose channels they give
   * @param in input channels of each unit's residual block
   * @param transformerCount how many units, from the first, end with a transformer
   * @param outputScale divisor of the residual sums
   */
  ConditionUnits(
      Units.Owner owner,
      int level,
      List<Integer> in,
      int transformerCount,
      double outputScale,
      UNet2dConditionConfig config) {
    for (int j = 0; j < transformerCount; j++) {
      transformers.add(owner.child("attentions." + j, new Transformer2d(level, config)));
    }
    ResnetBlock2d.Config shared =
        new ResnetBlock2d.Config(
            config.timeWidth(),
            config.normNumGroups(),
            config.normEps(),
            config.dropout(),
            outputScale);
    int out = config.blockOutChannels().get(level);
    for (int j = 0; j < in.size(); j++) {
      resnets.add(owner.child("resnets." + j, new ResnetBlock2d(in.get(j), out, shared)));
    }
  }

  int count() {
    return resnets.size();
  }

  /** Unit j: {@code [B, in_j, H, W] -> [B, out, H, W]}. */
  Tensor forward(int j, Tensor x, Told told) {
    Tensor h = resnets.get(j).forward(x, told.temb());
    return j < transformers.size() ? transformers.get(j).forward(h, told.context()) : h;
  }

  void initAsTorch() {
    for (int j = 0; j < resnets.size(); j++) {
      resnets.get(j).initAsTorch();
      if (j < transformers.size()) {
        transformers.get(j).initAsTorch();
      }
    }
  }
}
