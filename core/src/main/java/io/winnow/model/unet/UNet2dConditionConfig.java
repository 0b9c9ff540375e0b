package io.winnow.model.unet;

import io.winnow.config.Check;
import io.winnow.config.OrNull;
import java.util.List;

/**
 * The shape of a text-conditional U-Net, as diffusers' UNet2DConditionModel writes it ({@code
 * config.json}; {@link UNet2dConditionJson} has the key names). Lists have one entry per level,
 * fine to coarse, except {@code upCross}.
 *
 * @param sampleHeight height of the latents that it was trained on in cells, informative
 * @param sampleWidth their width
 * @param inChannels of the latents
 * @param outChannels of the prediction
 * @param centerInputSample whether the input is in [0, 1] and mapped to [-1, 1] first
 * @param timeEmbeddingDim D; null for 4 times the channels of the first level
 * @param freqShift taken off the divisor of the sinusoid's exponents
 * @param flipSinToCos whether the cosines come first
 * @param blockOutChannels channels, [L]
 * @param downCross which levels attend to the text on the way down, [L]
 * @param upCross which levels attend on the way up, coarse to fine, [L]
 * @param layersPerBlock residual blocks on the way down, one more on the way up, [L]
 * @param heads of every attention, [L]; {@code attention_head_dim} in files, by a misnomer
 * @param transformerLayers transformer blocks after each residual block, [L]
 * @param crossAttentionDim width of the text's states, [L]
 * @param linearProjection whether a transformer's projections are linear layers (Stable Diffusion
 *     2) or 1x1 convolutions
 * @param midBlockScaleFactor divisor of the residual sums in the middle
 * @param downsamplePadding 0 pads right and bottom only, 1 all sides
 * @param dropout before the second convolution of every block, in training
 * @param normNumGroups groups of every group norm
 * @param normEps eps of the group norms outside of the transformers
 */
public record UNet2dConditionConfig(
    @OrNull Integer sampleHeight,
    @OrNull Integer sampleWidth,
    int inChannels,
    int outChannels,
    boolean centerInputSample,
    @OrNull Integer timeEmbeddingDim,
    int freqShift,
    boolean flipSinToCos,
    List<Integer> blockOutChannels,
    List<Boolean> downCross,
    List<Boolean> upCross,
    List<Integer> layersPerBlock,
    List<Integer> heads,
    List<Integer> transformerLayers,
    List<Integer> crossAttentionDim,
    boolean linearProjection,
    double midBlockScaleFactor,
    int downsamplePadding,
    double dropout,
    int normNumGroups,
    double normEps) {

  public UNet2dConditionConfig {
    blockOutChannels = List.copyOf(blockOutChannels);
    downCross = List.copyOf(downCross);
    upCross = List.copyOf(upCross);
    layersPerBlock = List.copyOf(layersPerBlock);
    heads = List.copyOf(heads);
    transformerLayers = List.copyOf(transformerLayers);
    crossAttentionDim = List.copyOf(crossAttentionDim);
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
    requireLevels("down_block_types", downCross, levels);
    requireLevels("up_block_types", upCross, levels);
    requirePositive("layers_per_block", layersPerBlock, levels);
    requirePositive("attention_head_dim", heads, levels);
    requirePositive("transformer_layers_per_block", transformerLayers, levels);
    requirePositive("cross_attention_dim", crossAttentionDim, levels);
    for (int level = 0; level < levels; level++) {
      boolean attends = downCross.get(level) || upCross.get(levels - 1 - level);
      boolean middle = level == levels - 1;
      requireDivisors(
          blockOutChannels.get(level), normNumGroups, heads.get(level), attends || middle);
    }
  }

  private static void requireDivisors(int channels, int groups, int heads, boolean attends) {
    Check.that(
        groups > 0 && channels > 0 && channels % groups == 0,
        "norm_num_groups is %s, but must divide every entry of block_out_channels, %s among them",
        groups,
        channels);
    Check.that(
        !attends || channels % heads == 0,
        "attention_head_dim is %s heads, but must divide the %s channels of its level",
        heads,
        channels);
  }

  private static void requireLevels(String key, List<?> values, int levels) {
    Check.that(
        values.size() == levels,
        "%s has %s entries, but block_out_channels has %s",
        key,
        values.size(),
        levels);
  }

  private static void requirePositive(String key, List<Integer> values, int levels) {
    requireLevels(key, values, levels);
    Check.that(values.stream().allMatch(n -> n > 0), "%s is %s, but must be positive", key, values);
  }

  /** The same with another dropout. */
  public UNet2dConditionConfig withDropout(double other) {
    return with(sampleHeight, sampleWidth, other);
  }

  /** The same for latents of another size, in cells. */
  public UNet2dConditionConfig withSample(int height, int width) {
    return with(height, width, dropout);
  }

  private UNet2dConditionConfig with(
      @OrNull Integer height, @OrNull Integer width, double otherDropout) {
    return new UNet2dConditionConfig(
        height,
        width,
        inChannels,
        outChannels,
        centerInputSample,
        timeEmbeddingDim,
        freqShift,
        flipSinToCos,
        blockOutChannels,
        downCross,
        upCross,
        layersPerBlock,
        heads,
        transformerLayers,
        crossAttentionDim,
        linearProjection,
        midBlockScaleFactor,
        downsamplePadding,
        otherDropout,
        normNumGroups,
        normEps);
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
}
