package io.winnow.model.resnet;

import io.winnow.nn.BatchNorm2d;
import io.winnow.nn.Conv2d;
import io.winnow.nn.ConvNorm;
import io.winnow.nn.Layer;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Two 3x3 convolutions and a shortcut, the block of the shallow residual networks. */
final class BasicBlock extends Layer implements ResidualBlock {
  private final ConvNorm first;
  private final ConvNorm second;
  private final ConvNorm projection;
  private final int stride;
  private final int channels;
  private final int newChannels;

  BasicBlock(int in, int out, int stride, Shortcut shortcut) {
    this.stride = stride;
    channels = out;
    newChannels = out - in;
    boolean changes = stride != 1 || in != out;
    Conv2d conv1 = child("conv1", new Conv2d(in, out, 3, stride, 1, false));
    first = foldable(new ConvNorm(conv1, child("bn1", new BatchNorm2d(out))));
    Conv2d conv2 = child("conv2", new Conv2d(out, out, 3, 1, 1, false));
    second = foldable(new ConvNorm(conv2, child("bn2", new BatchNorm2d(out))));
    if (changes && shortcut == Shortcut.PROJECTION) {
      Conv2d conv = child("downsample.0", new Conv2d(in, out, 1, stride, 0, false));
      projection = foldable(new ConvNorm(conv, child("downsample.1", new BatchNorm2d(out))));
    } else {
      projection = null;
    }
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor h = first.forward(x).relu_(); // [B, D, H', W']
    return second.forward(h).add_(shortcut(x)).relu_(); // [B, D, H', W']
  }

  @Override
  public int channels() {
    return channels;
  }

  private Tensor shortcut(Tensor x) {
    if (projection != null) {
      return projection.forward(x);
    }
    return stride == 1 && newChannels == 0 ? x : padded(x);
  }

  private Tensor padded(Tensor x) {
    LongOptional all = new LongOptional();
    Tensor sparse = x.slice(2, all, all, stride).slice(3, all, all, stride); // [B, C, H', W']
    long before = newChannels / 2;
    return torch.constant_pad_nd(sparse, 0, 0, 0, 0, before, newChannels - before);
  }
}
