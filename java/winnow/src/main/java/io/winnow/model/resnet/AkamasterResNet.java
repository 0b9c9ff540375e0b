package io.winnow.model.resnet;

import io.winnow.model.ImageClassifier;
import io.winnow.nn.BatchNorm2d;
import io.winnow.nn.Conv2d;
import io.winnow.nn.ConvNorm;
import io.winnow.nn.Layer;
import io.winnow.nn.Linear;
import io.winnow.tensor.Shapes;
import java.util.ArrayList;
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

  private static final int[] WIDTHS = {16, 32, 64};

  private final int classCount;
  private final ConvNorm stem;
  private final List<ResidualBlock> blocks = new ArrayList<>();
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
    Conv2d conv1 = child("conv1", new Conv2d(3, WIDTHS[0], 3, 1, 1, false));
    stem = joined(conv1, child("bn1", new BatchNorm2d(WIDTHS[0])));
    int in = WIDTHS[0];
    for (int stage = 0; stage < WIDTHS.length; stage++) {
      for (int block = 0; block < (depth - 2) / 6; block++) {
        int stride = stage > 0 && block == 0 ? 2 : 1;
        String name = "layer" + (stage + 1) + "." + block;
        blocks.add(child(name, new BasicBlock(in, WIDTHS[stage], stride, Shortcut.ZERO_PADDED)));
        in = WIDTHS[stage];
      }
    }
    linear = child("linear", new Linear(in, classCount, true));
  }

  @Override
  public Tensor features(Tensor x) {
    Shapes.require(x, "AkamasterResNet x", Shapes.ANY, 3, Shapes.ANY, Shapes.ANY);
    Tensor h = stem.forward(x).relu_(); // [B, 16, H, W]
    for (ResidualBlock block : blocks) {
      h = block.forward(h); // [B, 16 | 32 | 64, H / stride, W / stride]
    }
    return h.mean(2, 3); // [B, 64]
  }

  @Override
  public Tensor logits(Tensor features) {
    return linear.forward(features); // [B, K]
  }

  @Override
  public int dimension() {
    return WIDTHS[WIDTHS.length - 1];
  }

  @Override
  public int classCount() {
    return classCount;
  }
}
