package io.winnow.pipeline;

import io.winnow.model.unet.UNet2dConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Networks that a recipe describes. */
final class Networks {
  private static final double NORM_EPS = 1e-6;

  private Networks() {}

  /**
   * The configuration of a class-conditional U-Net: as google/ddpm-cifar10-32 in everything that
   * the recipe leaves open.
   *
   * @param height of the images in pixels, a multiple of 2^(levels - 1)
   * @param classCount K; the network has a null class K besides
   */
  static UNet2dConfig unet(ModelConfig model, int height, int width, int classCount) {
    int levels = model.multipliers().size();
    requireHalvings(levels - 1, height, width);
    List<Integer> channels = model.multipliers().stream().map(m -> m * model.width()).toList();
    List<Boolean> down = new ArrayList<>();
    for (int level = 0; level < levels; level++) {
      down.add(model.attention().contains(level));
    }
    List<Boolean> up = new ArrayList<>(down);
    Collections.reverse(up);
    return new UNet2dConfig(
        height,
        width,
        3,
        3,
        false,
        null,
        1,
        false,
        channels,
        down,
        up,
        true,
        model.blocks(),
        1,
        0,
        model.dropout(),
        null,
        model.groups(),
        NORM_EPS,
        classCount + 1);
  }

  private static void requireHalvings(int halvings, int height, int width) {
    int multiple = 1 << halvings;
    if (height % multiple != 0 || width % multiple != 0) {
      throw new IllegalArgumentException(
          "model.multipliers: "
              + (halvings + 1)
              + " levels halve the image "
              + halvings
              + " times, but it has "
              + height
              + " x "
              + width
              + " pixels; expected multiples of "
              + multiple
              + ". Use fewer levels, or another dataset.size.");
    }
  }
}
