package io.winnow.model.unet;

import io.winnow.config.Check;
import io.winnow.config.OrNull;
import java.util.Collections;
import java.util.List;

/**
 * The shape of a U-Net, as diffusers' UNet2DModel writes it ({@code config.json}). Lists run in
 * order of execution: fine to coarse on the way down, coarse to fine on the way up.
 *
 * @param sampleHeight height of the images that the network was trained on, informative
 * @param sampleWidth their width
 * @param centerInputSample whether the input is in [0, 1] and mapped to [-1, 1] first
 * @param timeEmbeddingDim D; null for 4 times the channels of the first level
 * @param freqShift taken off the divisor of the sinusoid's exponents
 * @param flipSinToCos whether the cosines come first
 * @param blockOutChannels channels per level, [L]
 * @param downAttention which levels have attention on the way down, [L]
 * @param upAttention which levels have attention on the way up, coarse to fine, [L]
 * @param midAttention whether the middle has attention
 * @param layersPerBlock residual blocks per level on the way down; one more on the way up
 * @param midBlockScaleFactor divisor of the residual sums in the middle
 * @param downsamplePadding 0 pads right and bottom only, 1 all sides
 * @param dropout before the second convolution of every block, in training
 * @param attentionHeadDim width of an attention head; null for one head as wide as the level
 * @param normNumGroups groups of every group norm
 * @param normEps eps of every group norm
 * @param numClassEmbeds rows of the class embedding, the null class included; null for an
 *     unconditional network
 */
public record UNet2dConfig(
    @OrNull Integer sampleHeight,
    @OrNull Integer sampleWidth,
    int inChannels,
    int outChannels,
    boolean centerInputSample,
    @OrNull Integer timeEmbeddingDim,
    int freqShift,
    boolean flipSinToCos,
    List<Integer> blockOutChannels,
    List<Boolean> downAttention,
    List<Boolean> upAttention,
    boolean midAttention,
    int layersPerBlock,
    double midBlockScaleFactor,
    int downsamplePadding,
    double dropout,
    @OrNull Integer attentionHeadDim,
    int normNumGroups,
    double normEps,
    @OrNull Integer numClassEmbeds) {

  public UNet2dConfig {
    blockOutChannels = List.copyOf(blockOutChannels);
    downAttention = List.copyOf(downAttention);
    upAttention = List.copyOf(upAttention);
    new UnetFields(
        blockOutChannels,
        inChannels,
        outChannels,
        freqShift,
        timeEmbeddingDim,
        downsamplePadding,
        dropout,
        normEps,
        midBlockScaleFactor);
    int levels = blockOutChannels.size();
    Check.that(
        downAttention.size() == levels && upAttention.size() == levels,
        "down_block_types has %s and up_block_types %s entries, but block_out_channels has %s",
        downAttention.size(),
        upAttention.size(),
        levels);
    Check.that(layersPerBlock > 0, "layers_per_block is %s, but must be positive", layersPerBlock);
    Check.that(
        numClassEmbeds == null || numClassEmbeds > 0,
        "num_class_embeds is %s, but must be positive or null",
        numClassEmbeds);
    Check.that(normNumGroups > 0, "norm_num_groups is %s, but must be positive", normNumGroups);
    Check.that(
        attentionHeadDim == null || attentionHeadDim > 0,
        "attention_head_dim is %s, but must be positive or null",
        attentionHeadDim);
    for (int level = 0; level < levels; level++) {
      int channels = blockOutChannels.get(level);
      Check.that(
          channels > 0 && channels % normNumGroups == 0,
          "block_out_channels has %s, but must have positive multiples of norm_num_groups = %s",
          channels,
          normNumGroups);
      boolean attends =
          downAttention.get(level)
              || upAttention.get(levels - 1 - level)
              || (midAttention && level == levels - 1);
      Check.that(
          !attends || attentionHeadDim == null || channels % attentionHeadDim == 0,
          "attention_head_dim is %s, but must divide the %s channels of level %s",
          attentionHeadDim,
          channels,
          level);
    }
  }

  /**
   * The shape of {@code google/ddpm-cifar10-32} with dropout 0.1, as the paper's settings want it:
   * 35,746,307 parameters, 35,751,939 with 10 classes and the null class.
   *
   * @param classCount K; null for an unconditional network
   */
  public static UNet2dConfig ddpmCifar10(@OrNull Integer classCount) {
    return ddpmCifar10Shaped(128, 32, classCount);
  }

  /**
   * The same network at another width and image size.
   *
   * @param width channels of the first level, a multiple of 32; 128 is the published one
   * @param side height and width of the images, a multiple of 8
   * @param classCount K; null for an unconditional network
   */
  public static UNet2dConfig ddpmCifar10Shaped(int width, int side, @OrNull Integer classCount) {
    return new UNet2dConfig(
        side,
        side,
        3,
        3,
        false,
        null,
        1,
        false,
        List.of(width, 2 * width, 2 * width, 2 * width),
        List.of(false, true, false, false),
        List.of(false, false, true, false),
        true,
        2,
        1,
        0,
        0.1,
        null,
        32,
        1e-6,
        classCount == null ? null : (Integer) (classCount + 1));
  }

  /** The same with another dropout. */
  public UNet2dConfig withDropout(double other) {
    return new UNet2dConfig(
        sampleHeight,
        sampleWidth,
        inChannels,
        outChannels,
        centerInputSample,
        timeEmbeddingDim,
        freqShift,
        flipSinToCos,
        blockOutChannels,
        downAttention,
        upAttention,
        midAttention,
        layersPerBlock,
        midBlockScaleFactor,
        downsamplePadding,
        other,
        attentionHeadDim,
        normNumGroups,
        normEps,
        numClassEmbeds);
  }

  /** L. */
  public int levels() {
    return blockOutChannels.size();
  }

  /** D. */
  public int timeWidth() {
    return timeEmbeddingDim == null ? 4 * blockOutChannels.get(0) : timeEmbeddingDim;
  }

  /** The sinusoid of the time. */
  TimeEmbedding.Wave wave() {
    return new TimeEmbedding.Wave(blockOutChannels.get(0), freqShift, flipSinToCos);
  }

  /** Channels per level on the way up, coarse to fine, [L]. */
  List<Integer> upChannels() {
    List<Integer> reversed = new java.util.ArrayList<>(blockOutChannels);
    Collections.reverse(reversed);
    return reversed;
  }

  /** Width of a head where the level has this many channels. */
  int headDim(int channels) {
    return attentionHeadDim == null ? channels : attentionHeadDim;
  }
}
