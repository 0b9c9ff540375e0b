package io.winnow.model.unet;

import io.winnow.nn.Conv2d;
import io.winnow.nn.GroupNorm;
import io.winnow.nn.Layer;
import io.winnow.nn.Linear;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/**
 * Transformer blocks over the cells of a feature map, added to it. Source: diffusers, {@code
 * models/transformers/transformer_2d.py}.
 */
final class Transformer2d extends Layer {
  private static final double NORM_EPS = 1e-6;

  private final GroupNorm norm;
  private final UnaryOperator<Tensor> projIn; // [B, C, H, W] -> [B, C, H, W]
  private final List<TransformerBlock2d> blocks = new ArrayList<>();
  private final UnaryOperator<Tensor> projOut;
  private final Runnable initIn;
  private final Runnable initOut;

  Transformer2d(int level, UNet2dConditionConfig config) {
    int channels = config.blockOutChannels().get(level);
    norm = child("norm", new GroupNorm(config.normNumGroups(), channels, NORM_EPS));
    if (config.linearProjection()) {
      Linear in = child("proj_in", new Linear(channels, channels));
      projIn = in::atPixels;
      initIn = in::initAsTorch;
    } else {
      Conv2d in = child("proj_in", Conv2d.pointwise(channels, channels));
      projIn = in::forward;
      initIn = in::initAsTorch;
    }
    for (int i = 0; i < config.transformerLayers().get(level); i++) {
      TransformerBlock2d block =
          new TransformerBlock2d(
              channels, config.crossAttentionDim().get(level), config.heads().get(level));
      blocks.add(child("transformer_blocks." + i, block));
    }
    if (config.linearProjection()) {
      Linear out = child("proj_out", new Linear(channels, channels));
      projOut = out::atPixels;
      initOut = out::initAsTorch;
    } else {
      Conv2d out = child("proj_out", Conv2d.pointwise(channels, channels));
      projOut = out::forward;
      initOut = out::initAsTorch;
    }
  }

  /**
   * One transformer.
   *
   * @param x [B, C, H, W]
   * @param context states of the text, [B, N, E]
   * @return [B, C, H, W]
   */
  Tensor forward(Tensor x, Tensor context) {
    Tensor map = projIn.apply(norm.forward(x)); // [B, C, H, W]
    Tensor tokens = map.flatten(2, -1).transpose(1, 2); // [B, H W, C]
    for (TransformerBlock2d block : blocks) {
      tokens = block.forward(tokens, context); // [B, H W, C]
    }
    map = tokens.transpose(1, 2).unflatten(2, x.size(2), x.size(3)); // [B, C, H, W]
    return x.add(projOut.apply(map));
  }

  void initAsTorch() {
    initIn.run();
    blocks.forEach(TransformerBlock2d::initAsTorch);
    initOut.run();
  }
}
