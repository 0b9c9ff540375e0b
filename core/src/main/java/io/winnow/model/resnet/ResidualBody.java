package io.winnow.model.resnet;

import io.winnow.nn.BatchNorm2d;
import io.winnow.nn.Conv2d;
import io.winnow.nn.ConvNorm;
import io.winnow.nn.Layer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * What a residual network has between image and head: a stem and stages of blocks. Every stage is
 * twice as wide as the one before it, and its first block halves the image, but in the first stage.
 * Its keys ({@code conv1}, {@code bn1}, {@code layer1.0} and so on) are the network's own.
 */
final class ResidualBody extends Layer {
  /** Makes the blocks of one architecture. */
  @FunctionalInterface
  interface Blocks<B extends Layer & ResidualBlock> {
    B make(int in, int width, int stride);
  }

  private final ConvNorm stem;
  private final List<ResidualBlock> blocks = new ArrayList<>();
  private final int dimension;

  /**
   * A body with unspecified weights.
   *
   * @param conv1 from the image to {@code width} channels
   * @param width of the first stage
   */
  <B extends Layer & ResidualBlock> ResidualBody(
      Conv2d conv1, int width, List<Integer> blocksByStage, Blocks<B> architecture) {
    stem = foldable(new ConvNorm(child("conv1", conv1), child("bn1", new BatchNorm2d(width))));
    int in = width;
    for (int stage = 0; stage < blocksByStage.size(); stage++) {
      for (int block = 0; block < blocksByStage.get(stage); block++) {
        int stride = stage > 0 && block == 0 ? 2 : 1;
        String name = "layer" + (stage + 1) + "." + block;
        B made = child(name, architecture.make(in, width << stage, stride));
        blocks.add(made);
        in = made.channels();
      }
    }
    dimension = in;
  }

  /** From [B, 3, H, W] to [B, W, H / stride, W / stride]. */
  Tensor stem(Tensor x) {
    return stem.forward(x).relu_();
  }

  /** From the stem's output, or what a pooling makes of it, to the mean over the image, [B, D]. */
  Tensor stages(Tensor stem) {
    Tensor h = stem;
    for (ResidualBlock block : blocks) {
      h = block.forward(h); // halved, and twice as wide, from stage to stage
    }
    return h.mean(2, 3); // [B, D]
  }

  /** D. */
  int dimension() {
    return dimension;
  }
}
