package io.winnow.model.inception;

import io.winnow.nn.Layer;
import org.bytedeco.pytorch.Tensor;

/** 35x35: 1x1, 5x5, double 3x3 and pool branches; 224 + pool channels out. */
final class InceptionA extends Layer implements Block {
  private final Pool pool;
  private final BasicConv2d branch1x1;
  private final BasicConv2d branch5x5First;
  private final BasicConv2d branch5x5Second;
  private final BasicConv2d doubleFirst;
  private final BasicConv2d doubleSecond;
  private final BasicConv2d doubleThird;
  private final BasicConv2d branchPool;

  InceptionA(int in, int poolFeatures, Pool pool) {
    this.pool = pool;
    branch1x1 = child("branch1x1", BasicConv2d.point(in, 64));
    branch5x5First = child("branch5x5_1", BasicConv2d.point(in, 48));
    branch5x5Second = child("branch5x5_2", BasicConv2d.square(48, 64, 5, 1, 2));
    doubleFirst = child("branch3x3dbl_1", BasicConv2d.point(in, 64));
    doubleSecond = child("branch3x3dbl_2", BasicConv2d.square(64, 96, 3, 1, 1));
    doubleThird = child("branch3x3dbl_3", BasicConv2d.square(96, 96, 3, 1, 1));
    branchPool = child("branch_pool", BasicConv2d.point(in, poolFeatures));
  }

  @Override
  public Tensor forward(Tensor x) {
    return Block.joined(
        branch1x1.forward(x), // [B, 64, H, W]
        branch5x5Second.forward(branch5x5First.forward(x)), // [B, 64, H, W]
        doubleThird.forward(doubleSecond.forward(doubleFirst.forward(x))), // [B, 96, H, W]
        branchPool.forward(pool.forward(x))); // [B, P, H, W]
  }
}
