package io.winnow.model.unet;

import java.util.List;

/** A small text-conditional U-Net for tests. */
public final class TinyCondition {
  private TinyCondition() {}

  /** Two levels of 16 channels, text at the finer one, 4 latent channels. */
  public static UNet2dConditionConfig config(int contextWidth, boolean linearProjection) {
    return new UNet2dConditionConfig(
        8,
        8,
        4,
        4,
        false,
        null,
        0,
        true,
        List.of(16, 16),
        List.of(true, false),
        List.of(false, true),
        List.of(1, 1),
        List.of(2, 4),
        List.of(1, 1),
        List.of(contextWidth, contextWidth),
        linearProjection,
        1,
        1,
        0.1,
        4,
        1e-5);
  }

  public static UNet2dCondition network(int contextWidth, boolean linearProjection) {
    UNet2dCondition net = new UNet2dCondition(config(contextWidth, linearProjection));
    net.initAsTorch(7);
    net.train(false);
    return net;
  }
}
