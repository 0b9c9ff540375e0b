package io.winnow.model.resnet;

import io.winnow.model.ImageClassifier;
import io.winnow.nn.Conv2d;
import io.winnow.nn.Layer;
import io.winnow.nn.Linear;
import io.winnow.tensor.Shapes;
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

    private List<Integer> blocksByStage() {
      return this == RESNET_18 ? List.of(2, 2, 2, 2) : List.of(3, 4, 6, 3);
    }
  }

  private static final int WIDTH = 64;
  private static final long[] ONE = {1, 1};
  private static final long[] TWO = {2, 2};
  private static final long[] THREE = {3, 3};

  private final int classCount;
  private final ResidualBody body;
  private final Linear fc;

  /** Builds the network with unspecified weights. */
  public TorchvisionResNet(Depth depth, int classCount) {
    this.classCount = classCount;
    Conv2d conv1 = new Conv2d(3, WIDTH, 7, 2, 3, false);
    body = child("", body(depth, conv1));
    fc = child("fc", new Linear(body.dimension(), classCount, true));
  }

  private static ResidualBody body(Depth depth, Conv2d conv1) {
    return depth == Depth.RESNET_18
        ? new ResidualBody(
            conv1,
            WIDTH,
            depth.blocksByStage(),
            (in, width, stride) -> new BasicBlock(in, width, stride, Shortcut.PROJECTION))
        : new ResidualBody(conv1, WIDTH, depth.blocksByStage(), Bottleneck::new);
  }

  @Override
  public Tensor features(Tensor x) {
    Shapes.require(x, "TorchvisionResNet x", Shapes.ANY, 3, Shapes.ANY, Shapes.ANY);
    Tensor h = body.stem(x); // [B, 64, H/2, W/2]
    h = torch.max_pool2d(h, THREE, TWO, ONE, ONE, false); // [B, 64, H/4, W/4]
    return body.stages(h); // [B, D]
  }

  @Override
  public Tensor logits(Tensor features) {
    return fc.forward(features); // [B, K]
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
