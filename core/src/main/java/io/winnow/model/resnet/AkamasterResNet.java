package io.winnow.model.resnet;

import io.winnow.nn.Conv2d;
import java.util.List;

/**
 * The CIFAR ResNets of He et al. 2016, section 4.2, as akamaster/pytorch_resnet_cifar10 publishes
 * them: 16, 32 and 64 channels in three stages of (depth - 2) / 6 {@link BasicBlock}s with
 * shortcuts that have no weights. Input 32x32, normalised with the statistics of ImageNet; the
 * feature has 64 values.
 */
public final class AkamasterResNet extends ResNet {
  /** Depths with published weights. */
  public static final List<Integer> DEPTHS = List.of(20, 32, 44, 56, 110);

  private static final int WIDTH = 16;

  /**
   * Builds the network with unspecified weights.
   *
   * @param depth number of layers with weights, 6 n + 2
   */
  public AkamasterResNet(int depth, int classCount) {
    super(body(depth), "linear", classCount);
  }

  private static ResidualBody body(int depth) {
    if (depth < 8 || (depth - 2) % 6 != 0) {
      throw new IllegalArgumentException(
          "AkamasterResNet: depth " + depth + " is not 6 n + 2. Use one of " + DEPTHS + ".");
    }
    int blocks = (depth - 2) / 6;
    return new ResidualBody(
        new Conv2d(3, WIDTH, 3, 1, 1, false),
        WIDTH,
        List.of(blocks, blocks, blocks),
        (in, width, stride) -> new BasicBlock(in, width, stride, Shortcut.ZERO_PADDED));
  }
}
