package io.winnow.model.resnet;

import io.winnow.model.ImageClassifier;
import io.winnow.nn.Conv2d;
import io.winnow.nn.Layer;
import io.winnow.nn.Linear;
import io.winnow.tensor.Shapes;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * The CIFAR ResNets of He et al. 2016, section 4.2, as akamaster/pytorch_resnet_cifar10 publishes
 * them: 16, 32 and 64 channels in three stages of (depth - 2) / 6 {@link BasicBlock}s with
 * shortcuts that have no weights. Input 32x32, normalised with the statistics of ImageNet; the
 * feature has 64 values.
 */
public final class AkamasterResNet extends Layer implements ImageClassifier {
  /** Depths with published weights. */
  public static final List<Integer> DEPTHS = List.of(20, 32, 44, 56, 110);

  private static final int WIDTH = 16;

  private final int classCount;
  private final ResidualBody body;
  private final Linear linear;

  /**
   * Builds the network with unspecified weights.
   *
   * @param depth number of layers with weights, 6 n + 2
   */
  public AkamasterResNet(int depth, int classCount) {
    if (depth < 8 || (depth - 2) % 6 != 0) {
      throw new IllegalArgumentException(
          "AkamasterResNet: depth " + depth + " is not 6 n + 2. Use one of " + DEPTHS + ".");
    }
    this.classCount = classCount;
    int blocks = (depth - 2) / 6;
    body =
        child(
            "",
            new ResidualBody(
                new Conv2d(3, WIDTH, 3, 1, 1, false),
                WIDTH,
                List.of(blocks, blocks, blocks),
                (in, width, stride) -> new BasicBlock(in, width, stride, Shortcut.ZERO_PADDED)));
    linear = child("linear", new Linear(body.dimension(), classCount, true));
  }

  @Override
  public Tensor features(Tensor x) {
    Shapes.require(x, "AkamasterResNet x", Shapes.ANY, 3, Shapes.ANY, Shapes.ANY);
    return body.stages(body.stem(x)); // [B, 64]
  }

  @Override
  public Tensor logits(Tensor features) {
    return linear.forward(features); // [B, K]
  }

  @Override
  public int dimension() {
    return body.dimension();
  }

  @Override
  public int classCount() {
    return classCount;
  }
}
