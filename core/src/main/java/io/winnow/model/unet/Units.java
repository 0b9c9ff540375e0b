package io.winnow.model.unet;

import io.winnow.nn.Layer;
import io.winnow.nn.ResnetBlock2d;
import io.winnow.nn.SpatialAttention;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * The units of one block: residual blocks, each followed by attention where the block has it. They
 * are registered with the block under the peer's names, attentions first.
 */
final class Units {
  private final List<ResnetBlock2d> resnets = new ArrayList<>();
  private final List<SpatialAttention> attentions = new ArrayList<>();

  /** Registers a child with the block that the units belong to. */
  @FunctionalInterface
  interface Owner {
    <L extends Layer> L child(String name, L layer);
  }

  /**
   * Builds the units.
   *
   * @param in input channels of each unit's residual block
   * @param attentionCount how many units, from the first, end with attention
   * @param outputScale divisor of the residual sums
   */
  Units(
      Owner owner,
      List<Integer> in,
      int out,
      int attentionCount,
      double outputScale,
      UNet2dConfig config) {
    for (int j = 0; j < attentionCount; j++) {
      attentions.add(
          owner.child(
              "attentions." + j,
              new SpatialAttention(
                  out,
                  config.headDim(out),
                  config.normNumGroups(),
                  config.normEps(),
                  outputScale)));
    }
    ResnetBlock2d.Config shared =
        new ResnetBlock2d.Config(
            config.timeWidth(),
            config.normNumGroups(),
            config.normEps(),
            config.dropout(),
            outputScale);
    for (int j = 0; j < in.size(); j++) {
      resnets.add(owner.child("resnets." + j, new ResnetBlock2d(in.get(j), out, shared)));
    }
  }

  int count() {
    return resnets.size();
  }

  /** Unit j: {@code [B, in_j, H, W] -> [B, out, H, W]}. */
  Tensor forward(int j, Tensor x, Tensor temb) {
    Tensor h = resnets.get(j).forward(x, temb);
    return j < attentions.size() ? attentions.get(j).forward(h) : h;
  }

  void initAsTorch() {
    for (int j = 0; j < resnets.size(); j++) {
      resnets.get(j).initAsTorch();
      if (j < attentions.size()) {
        attentions.get(j).initAsTorch();
      }
    }
  }
}
