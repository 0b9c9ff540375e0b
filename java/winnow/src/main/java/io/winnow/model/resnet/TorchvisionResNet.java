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
import org.bytedeco.pytorch.global.torch;

/**
 * ResNet-18 and ResNet-50 as torchvision has them ({@code models/resnet.py}), for 224x224 images:
 * 7x7 stem, max pool, four stages. Features of 512 and 2048 values.
 */
public final class TorchvisionResNet extends Layer implements ImageClassifier {
  /** The two depths that serve as surrogate encoders. */
  public enum Depth {
    RESNET_18,
    RESNET_50;

    private int expansion() {
      return this == RESNET_18 ? 1 : Bottleneck.EXPANSION;
    }

    private List<Integer> blocksByStage() {
      return this == RESNET_18 ? List.of(2, 2, 2, 2) : List.of(3, 4, 6, 3);
    }
  }

  private static final int WIDTH = 64;
  private static final long[] ONE = {1, 1};
  private static final long[] TWO = {2, 2};
  private static final long[] THREE = {3, 3};

  private final int dimension;
  private final int classCount;
  private final ConvNorm stem;
  private final List<ResidualBlock> blocks = new ArrayList<>();
  private final Linear fc;

  /** Builds the network with unspecified weights. */
  public TorchvisionResNet(Depth depth, int classCount) {
    this.classCount = classCount;
    Conv2d conv1 = child("conv1", new Conv2d(3, WIDTH, 7, 2, 3, false));
    stem = joined(conv1, child("bn1", new BatchNorm2d(WIDTH)));
    int in = WIDTH;
    for (int stage = 0; stage < depth.blocksByStage().size(); stage++) {
      int width = WIDTH << stage;
      for (int block = 0; block < depth.blocksByStage().get(stage); block++) {
        int stride = stage > 0 && block == 0 ? 2 : 1;
        add("layer" + (stage + 1) + "." + block, depth, in, width, stride);
        in = width * depth.expansion();
      }
    }
    dimension = in;
    fc = child("fc", new Linear(in, classCount, true));
  }

  private void add(String name, Depth depth, int in, int width, int stride) {
    blocks.add(
        depth.expansion() == 1
            ? child(name, new BasicBlock(in, width, stride, Shortcut.PROJECTION))
            : child(name, new Bottleneck(in, width, stride)));
  }

  @Override
  public Tensor features(Tensor x) {
    Shapes.require(x, "TorchvisionResNet x", Shapes.ANY, 3, Shapes.ANY, Shapes.ANY);
    Tensor h = stem.forward(x).relu_(); // [B, 64, H/2, W/2]
    h = torch.max_pool2d(h, THREE, TWO, ONE, ONE, false);
    for (ResidualBlock block : blocks) {
      h = block.forward(h); // from [B, 64, H/4, W/4] to [B, D, H/32, W/32]
    }
    return h.mean(2, 3); // [B, D]
  }

  @Override
  public Tensor logits(Tensor features) {
    return fc.forward(features); // [B, K]
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public int classCount() {
    return classCount;
  }
}
