package io.winnow.model.inception;

import io.winnow.nn.Layer;
import org.bytedeco.pytorch.Tensor;

/** 17x17: kernels of seven, factorised into rows and columns; 768 channels in and out. */
final class InceptionC extends Layer implements Block {
  private static final int CHANNELS = 768;
  private static final int OUT = 192;

  private final Pool pool;
  private final BasicConv2d branch1x1;
  private final BasicConv2d branch7x7First;
  private final BasicConv2d branch7x7Second;
  private final BasicConv2d branch7x7Third;
  private final BasicConv2d doubleFirst;
  private final BasicConv2d doubleSecond;
  private final BasicConv2d doubleThird;
  private final BasicConv2d doubleFourth;
  private final BasicConv2d doubleFifth;
  private final BasicConv2d branchPool;

  InceptionC(int width, Pool pool) {
    this.pool = pool;
    branch1x1 = child("branch1x1", BasicConv2d.point(CHANNELS, OUT));
    branch7x7First = child("branch7x7_1", BasicConv2d.point(CHANNELS, width));
    branch7x7Second = child("branch7x7_2", BasicConv2d.row(width, width, 7));
    branch7x7Third = child("branch7x7_3", BasicConv2d.column(width, OUT, 7));
    doubleFirst = child("branch7x7dbl_1", BasicConv2d.point(CHANNELS, width));
    doubleSecond = child("branch7x7dbl_2", BasicConv2d.column(width, width, 7));
    doubleThird = child("branch7x7dbl_3", BasicConv2d.row(width, width, 7));
    doubleFourth = child("branch7x7dbl_4", BasicConv2d.column(width, width, 7));
    doubleFifth = child("branch7x7dbl_5", BasicConv2d.row(width, OUT, 7));
    branchPool = child("branch_pool", BasicConv2d.point(CHANNELS, OUT));
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor seven = branch7x7Second.forward(branch7x7First.forward(x)); // [B, c, H, W]
    Tensor twice =
        doubleThird.forward(doubleSecond.forward(doubleFirst.forward(x))); // [B, c, H, W]
    return Block.joined(
        point(x), // [B, 192, H, W]
        branch7x7Third.forward(seven), // [B, 192, H, W]
        doubleFifth.forward(doubleFourth.forward(twice)), // [B, 192, H, W]
        branchPool.forward(pool.forward(x))); // [B, 192, H, W]
  }

  /** The 1x1 branch alone, which spatial features read: [B, 192, H, W]. */
  Tensor point(Tensor x) {
    return branch1x1.forward(x);
  }
}
