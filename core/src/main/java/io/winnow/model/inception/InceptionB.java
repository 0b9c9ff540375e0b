package io.winnow.model.inception;

import io.winnow.nn.Layer;
import org.bytedeco.pytorch.Tensor;

/** 35x35 to 17x17: two branches with stride 2 and the pooled input; 480 + in channels out. */
final class InceptionB extends Layer implements Block {
  private final BasicConv2d branch3x3;
  private final BasicConv2d doubleFirst;
  private final BasicConv2d doubleSecond;
  private final BasicConv2d doubleThird;

  InceptionB(int in) {
    branch3x3 = child("branch3x3", BasicConv2d.square(in, 384, 3, 2, 0));
    doubleFirst = child("branch3x3dbl_1", BasicConv2d.point(in, 64));
    doubleSecond = child("branch3x3dbl_2", BasicConv2d.square(64, 96, 3, 1, 1));
    doubleThird = child("branch3x3dbl_3", BasicConv2d.square(96, 96, 3, 2, 0));
  }

  @Override
  public Tensor forward(Tensor x) {
    return Block.joined(
        branch3x3.forward(x), // [B, 384, H', W']
        doubleThird.forward(doubleSecond.forward(doubleFirst.forward(x))), // [B, 96, H', W']
        Pool.halve(x)); // [B, C, H', W']
  }
}
