package io.winnow.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import io.winnow.config.Check;
import io.winnow.config.OrNull;
import io.winnow.config.Tag;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.model.unet.UNet2d;
import io.winnow.model.unet.UNet2dConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A UNet2DModel of diffusers in pixel space, class-conditional or not (ddpm.md, sections 1 and 2):
 * as google/ddpm-cifar10-32 in everything that the recipe leaves open.
 *
 * @param width channels of the finest level
 * @param multipliers channels of each level as a multiple of {@code width}, finest first
 * @param blocks residual blocks per level on the way down, one more on the way up
 * @param attention levels with self-attention, 0 being the finest
 * @param groups of every group norm; divides every level's channels
 * @param dropout inside the residual blocks, while training
 * @param classes none for an unconditional network; null for all, also where all are named, and
 *     then absent from hashes, so that runs of versions without the key go on
 * @param labelDropout of no meaning for an unconditional network
 */
@Tag("unet2d")
@JsonTypeName("UNET2D") // as the constant of an enum, which stages of earlier runs are hashed with
public record UNet2dModelConfig(
    int width,
    List<Integer> multipliers,
    int blocks,
    List<Integer> attention,
    int groups,
    double dropout,
    @JsonInclude(JsonInclude.Include.NON_NULL) @OrNull Classes classes,
    double labelDropout,
    Schedule schedule)
    implements ModelConfig {
  private static final double NORM_EPS = 1e-6;

  public UNet2dModelConfig {
    multipliers = List.copyOf(multipliers);
    attention = List.copyOf(attention);
    classes = classes == Classes.ALL ? null : classes;
    int levels = multipliers.size();
    Check.that(width >= 1, "width is %s, but must be at least 1.", width);
    Check.that(levels >= 1, "multipliers is [], but must name at least one level.");
    Check.that(
        multipliers.stream().allMatch(m -> m >= 1),
        "multipliers is %s, but must be whole numbers of at least 1.",
        multipliers);
    Check.that(blocks >= 1, "blocks is %s, but must be at least 1.", blocks);
    Check.that(
        groups >= 1 && multipliers.stream().allMatch(m -> width * m % groups == 0),
        "groups is %s, but must divide the channels of every level (width %s times %s).",
        groups,
        width,
        multipliers);
    Check.that(
        attention.stream().allMatch(level -> level >= 0 && level < levels),
        "attention is %s, but its levels must be in 0 .. %s.",
        attention,
        levels - 1);
    Check.that(dropout >= 0 && dropout < 1, "dropout is %s, but must be in [0, 1).", dropout);
    Check.that(
        labelDropout >= 0 && labelDropout < 1,
        "labelDropout is %s, but must be in [0, 1); the paper has 0.1.",
        labelDropout);
  }

  @Override
  public boolean conditional() {
    return classes != Classes.NONE;
  }

  @Override
  public DenoisingNetwork network(int height, int imageWidth, int classCount) {
    return new UNet2d(shape(height, imageWidth, classCount));
  }

  @Override
  public void requireFits(int height, int imageWidth, int classCount) {
    shape(height, imageWidth, classCount);
  }

  /**
   * The shape of the network.
   *
   * @param height of the images in pixels, a multiple of 2^(levels - 1)
   */
  UNet2dConfig shape(int height, int imageWidth, int classCount) {
    int levels = multipliers.size();
    requireHalvings(levels - 1, height, imageWidth);
    List<Integer> channels = multipliers.stream().map(m -> m * width).toList();
    List<Boolean> down = new ArrayList<>();
    for (int level = 0; level < levels; level++) {
      down.add(attention.contains(level));
    }
    List<Boolean> up = new ArrayList<>(down);
    Collections.reverse(up);
    return new UNet2dConfig(
        height,
        imageWidth,
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
        blocks,
        1,
        0,
        dropout,
        null,
        groups,
        NORM_EPS,
        conditional() ? Integer.valueOf(classCount + 1) : null);
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
