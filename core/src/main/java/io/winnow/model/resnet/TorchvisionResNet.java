package io.winnow.model.resnet;

import io.winnow.nn.Conv2d;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * ResNet-18 and ResNet-50 as torchvision has them ({@code models/resnet.py}), for 224x224 images:
 * 7x7 stem, max pool, four stages. Features of 512 and 2048 values.
 */
public final class TorchvisionResNet extends ResNet {
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

  /** Builds the network with unspecified weights. */
  public TorchvisionResNet(Depth depth, int classCount) {
    super(body(depth), "fc", classCount);
  }

  private static ResidualBody body(Depth depth) {
    Conv2d conv1 = new Conv2d(3, WIDTH, 7, 2, 3, false);
    return depth == Depth.RESNET_18
        ? new ResidualBody(
            conv1,
            WIDTH,
            depth.blocksByStage(),
            (in, width, stride) -> new BasicBlock(in, width, stride, Shortcut.PROJECTION))
        : new ResidualBody(conv1, WIDTH, depth.blocksByStage(), Bottleneck::new);
  }

  @Override
  Tensor pooled(Tensor stem) {
    return torch.max_pool2d(stem, THREE, TWO, ONE, ONE, false); // [B, 64, H/4, W/4]
  }
}
