package io.winnow.model.resnet;

import io.winnow.nn.BatchNorm2d;
import io.winnow.nn.Conv2d;
import io.winnow.nn.ConvNorm;
import io.winnow.nn.Layer;
import org.bytedeco.pytorch.Tensor;

/**
 * 1x1 down, 3x3 with the stride, 1x1 up to four times the width, and a shortcut: torchvision's form
 * ("ResNet v1.5"), where the original paper has the stride in the first convolution.
 */
final class Bottleneck extends Layer implements ResidualBlock {
  private static final int EXPANSION = 4;

  private final ConvNorm down;
  private final ConvNorm middle;
  private final ConvNorm up;
  private final ConvNorm projection;
  private final int channels;

  Bottleneck(int in, int width, int stride) {
    int out = EXPANSION * width;
    channels = out;
    Conv2d conv1 = child("conv1", new Conv2d(in, width, 1, 1, 0, false));
    down = foldable(new ConvNorm(conv1, child("bn1", new BatchNorm2d(width))));
    Conv2d conv2 = child("conv2", new Conv2d(width, width, 3, stride, 1, false));
    middle = foldable(new ConvNorm(conv2, child("bn2", new BatchNorm2d(width))));
    Conv2d conv3 = child("conv3", new Conv2d(width, out, 1, 1, 0, false));
    up = foldable(new ConvNorm(conv3, child("bn3", new BatchNorm2d(out))));
    if (stride != 1 || in != out) {
      Conv2d conv = child("downsample.0", new Conv2d(in, out, 1, stride, 0, false));
      projection = foldable(new ConvNorm(conv, child("downsample.1", new BatchNorm2d(out))));
    } else {
      projection = null;
    }
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor h = down.forward(x).relu_(); // [B, C, H, W]
    h = middle.forward(h).relu_(); // [B, C, H', W']
    Tensor shortcut = projection == null ? x : projection.forward(x); // [B, 4C, H', W']
    return up.forward(h).add_(shortcut).relu_(); // [B, 4C, H', W']
  }

  @Override
  public int channels() {
    return channels;
  }
}
