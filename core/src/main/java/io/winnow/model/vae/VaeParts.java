package io.winnow.model.vae;

import io.winnow.nn.GroupNorm;
import io.winnow.nn.ResnetBlock2d;
import io.winnow.nn.SpatialAttention;

/** The layers of both halves, with the autoencoder's own eps, and without a time. */
final class VaeParts {
  private static final double NORM_EPS = 1e-6;

  private VaeParts() {}

  static ResnetBlock2d resnet(int in, int out, AutoencoderKlConfig config) {
    return new ResnetBlock2d(
        in, out, new ResnetBlock2d.Config(0, config.normNumGroups(), NORM_EPS, 0, 1));
  }

  /** One head as wide as the map has channels. */
  static SpatialAttention attention(int channels, AutoencoderKlConfig config) {
    return new SpatialAttention(channels, channels, config.normNumGroups(), NORM_EPS, 1);
  }

  static GroupNorm norm(int channels, AutoencoderKlConfig config) {
    return new GroupNorm(config.normNumGroups(), channels, NORM_EPS);
  }
}
