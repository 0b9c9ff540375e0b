package io.winnow.model.inception;

import io.winnow.nn.Layer;
import org.bytedeco.pytorch.Tensor;

/** 8x8: branches that end in a row and a column side by side; 2048 channels out. */
final class InceptionE extends Layer implements Block {
  private final Pool pool;
  private final BasicConv2d branch1x1;
  private final BasicConv2d branch3x3;
  private final BasicConv2d branch3x3Row;
  private final BasicConv2d branch3x3Column;
  private final BasicConv2d doubleFirst;
  private final BasicConv2d doubleSecond;
  private final BasicConv2d doubleRow;
  private final BasicConv2d doubleColumn;
  private final BasicConv2d branchPool;

  InceptionE(int in, Pool pool) {
    this.pool = pool;
    branch1x1 = child("branch1x1", BasicConv2d.point(in, 320));
    branch3x3 = child("branch3x3_1", BasicConv2d.point(in, 384));
    branch3x3Row = child("branch3x3_2a", BasicConv2d.row(384, 384, 3));
    branch3x3Column = child("branch3x3_2b", BasicConv2d.column(384, 384, 3));
    doubleFirst = child("branch3x3dbl_1", BasicConv2d.point(in, 448));
    doubleSecond = child("branch3x3dbl_2", BasicConv2d.square(448, 384, 3, 1, 1));
    doubleRow = child("branch3x3dbl_3a", BasicConv2d.row(384, 384, 3));
    doubleColumn = child("branch3x3dbl_3b", BasicConv2d.column(384, 384, 3));
    branchPool = child("branch_pool", BasicConv2d.point(in, 192));
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor three = branch3x3.forward(x); // [B, 384, H, W]
    Tensor twice = doubleSecond.forward(doubleFirst.forward(x)); // [B, 384, H, W]
    return Block.joined(
        branch1x1.forward(x), // [B, 320, H, W]
        branch3x3Row.forward(three), // [B, 384, H, W]
        branch3x3Column.forward(three), // [B, 384, H, W]
        doubleRow.forward(twice), // [B, 384, H, W]
        doubleColumn.forward(twice), // [B, 384, H, W]
        branchPool.forward(pool.forward(x))); // [B, 192, H, W]
  }
}
