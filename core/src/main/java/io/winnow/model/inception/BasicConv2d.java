package io.winnow.model.inception;

import io.winnow.nn.BatchNorm2d;
import io.winnow.nn.Conv2d;
import io.winnow.nn.ConvNorm;
import io.winnow.nn.Layer;
import org.bytedeco.pytorch.Tensor;

/** Convolution without bias, batch norm with eps 0.001, ReLU: the unit of both Inceptions. */
final class BasicConv2d extends Layer {
  private static final long[] ONE = {1, 1};
  private static final double EPSILON = 1e-3;
  private static final double MOMENTUM = 0.1;

  private final ConvNorm step;

  private BasicConv2d(Conv2d conv, int out) {
    step =
        foldable(
            new ConvNorm(
                child("conv", conv), child("bn", new BatchNorm2d(out, EPSILON, MOMENTUM))));
  }

  /** A square kernel. */
  static BasicConv2d square(int in, int out, int kernel, int stride, int padding) {
    return new BasicConv2d(new Conv2d(in, out, kernel, stride, padding, false), out);
  }

  /** A 1x1 kernel. */
  static BasicConv2d point(int in, int out) {
    return square(in, out, 1, 1, 0);
  }

  /** A kernel of one row that keeps the size. */
  static BasicConv2d row(int in, int out, int length) {
    return new BasicConv2d(
        new Conv2d(in, out, new long[] {1, length}, ONE, new long[] {0, length / 2}, false), out);
  }

  /** A kernel of one column that keeps the size. */
  static BasicConv2d column(int in, int out, int length) {
    return new BasicConv2d(
        new Conv2d(in, out, new long[] {length, 1}, ONE, new long[] {length / 2, 0}, false), out);
  }

  Tensor forward(Tensor x) {
    return step.forward(x).relu_(); // [B, D, H', W']
  }
}
