package io.winnow.model.unet;

import io.winnow.config.Check;
import io.winnow.config.OrNull;
import java.util.List;

/**
 * Fields that the configurations of both U-Nets have, under the names of diffusers' keys, for their
 * common conditions.
 */
record UnetFields(
    List<Integer> blockOutChannels,
    int inChannels,
    int outChannels,
    int freqShift,
    @OrNull Integer timeEmbeddingDim,
    int downsamplePadding,
    double dropout,
    double normEps,
    double midBlockScaleFactor) {
  UnetFields {
    Check.that(
        !blockOutChannels.isEmpty(), "block_out_channels is empty, but needs one entry per level");
    Check.that(inChannels > 0, "in_channels is %s, but must be positive", inChannels);
    Check.that(outChannels > 0, "out_channels is %s, but must be positive", outChannels);
    Check.that(
        blockOutChannels.get(0) / 2 > freqShift,
        "freq_shift is %s, but must be below half of block_out_channels[0] = %s",
        freqShift,
        blockOutChannels.get(0));
    Check.that(
        downsamplePadding == 0 || downsamplePadding == 1,
        "downsample_padding is %s, but must be 0 or 1",
        downsamplePadding);
    Check.that(dropout >= 0 && dropout < 1, "dropout is %s, but must be in [0, 1)", dropout);
    Check.that(normEps > 0, "norm_eps is %s, but must be above 0", normEps);
    Check.that(
        midBlockScaleFactor > 0,
        "mid_block_scale_factor is %s, but must be above 0",
        midBlockScaleFactor);
    Check.that(
        timeEmbeddingDim == null || timeEmbeddingDim > 0,
        "time_embedding_dim is %s, but must be positive or null",
        timeEmbeddingDim);
  }
}
