package io.winnow.model.inception;

import io.winnow.nn.Layer;
import io.winnow.nn.Linear;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * The layers that both Inceptions have, under their own names, with the pools of one of them
 * ({@code torchvision/models/inception.py}). Sides from 299: 149, 147, 147, 73, 73, 71, 35, 17, 8.
 */
final class Trunk {
  /** Registers a layer with the network under its state-dict key. */
  interface Registry {
    void add(String name, Layer layer);
  }

  /** Channels of the last block. */
  static final int DIMENSION = 2048;

  private static final int MIXED_6D = 6;
  private static final int MIXED_7A = 8;

  private final List<BasicConv2d> stem = new ArrayList<>();
  private final List<Block> blocks = new ArrayList<>();
  private final Registry registry;
  private final InceptionC mixed6d;
  private final Linear fc;

  /**
   * Builds the layers with unspecified weights.
   *
   * @param inner pool of every block but the last
   * @param last pool of {@code Mixed_7c}
   */
  Trunk(Registry registry, Pool inner, Pool last, int classCount) {
    this.registry = registry;
    stem("Conv2d_1a_3x3", BasicConv2d.square(3, 32, 3, 2, 0));
    stem("Conv2d_2a_3x3", BasicConv2d.square(32, 32, 3, 1, 0));
    stem("Conv2d_2b_3x3", BasicConv2d.square(32, 64, 3, 1, 1));
    stem("Conv2d_3b_1x1", BasicConv2d.point(64, 80));
    stem("Conv2d_4a_3x3", BasicConv2d.square(80, 192, 3, 1, 0));
    block("Mixed_5b", new InceptionA(192, 32, inner));
    block("Mixed_5c", new InceptionA(256, 64, inner));
    block("Mixed_5d", new InceptionA(288, 64, inner));
    block("Mixed_6a", new InceptionB(288));
    block("Mixed_6b", new InceptionC(128, inner));
    block("Mixed_6c", new InceptionC(160, inner));
    mixed6d = block("Mixed_6d", new InceptionC(160, inner));
    block("Mixed_6e", new InceptionC(192, inner));
    block("Mixed_7a", new InceptionD());
    block("Mixed_7b", new InceptionE(1280, inner));
    block("Mixed_7c", new InceptionE(DIMENSION, last));
    fc = new Linear(DIMENSION, classCount, true);
    registry.add("fc", fc);
  }

  private void stem(String name, BasicConv2d unit) {
    stem.add(unit);
    registry.add(name, unit);
  }

  private <B extends Layer & Block> B block(String name, B block) {
    blocks.add(block);
    registry.add(name, block);
    return block;
  }

  /**
   * What the layers made of a batch of 299x299 images.
   *
   * @param block64 [B, 64, 73, 73]
   * @param block192 [B, 192, 35, 35]
   * @param beforeMixed6d the input of {@code Mixed_6d}, [B, 768, 17, 17]
   * @param block768 [B, 768, 17, 17]
   * @param last [B, 2048, 8, 8]
   */
  record Activations(
      Tensor block64, Tensor block192, Tensor beforeMixed6d, Tensor block768, Tensor last) {}

  /** From [B, 3, S, S] in [-1, 1]. */
  Activations forward(Tensor x) {
    Tensor h = stem.get(1).forward(stem.get(0).forward(x)); // [B, 32, 147, 147]
    Tensor block64 = Pool.halve(stem.get(2).forward(h)); // [B, 64, 73, 73]
    h = stem.get(4).forward(stem.get(3).forward(block64)); // [B, 192, 71, 71]
    Tensor block192 = Pool.halve(h); // [B, 192, 35, 35]
    h = through(block192, 0, MIXED_6D); // [B, 768, 17, 17]
    Tensor block768 = through(h, MIXED_6D, MIXED_7A); // [B, 768, 17, 17]
    return new Activations(
        block64, block192, h, block768, through(block768, MIXED_7A, blocks.size()));
  }

  private Tensor through(Tensor x, int first, int end) {
    Tensor h = x;
    for (Block block : blocks.subList(first, end)) {
      h = block.forward(h);
    }
    return h;
  }

  /** The 1x1 branch of {@code Mixed_6d}, from the block's input: [B, 192, 17, 17]. */
  Tensor mixed6dPoint(Tensor beforeMixed6d) {
    return mixed6d.point(beforeMixed6d);
  }

  /** The head, [B, 2048] to [B, K]. */
  Linear head() {
    return fc;
  }
}
