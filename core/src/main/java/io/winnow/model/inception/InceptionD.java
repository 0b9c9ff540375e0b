package io.winnow.model.inception;

import io.winnow.nn.Layer;
import org.bytedeco.pytorch.Tensor;

/** 17x17 to 8x8: two branches with stride 2 and the pooled input; from 768 to 1280 channels. */
final class InceptionD extends Layer implements Block {
  private static final int CHANNELS = 768;

  private final BasicConv2d branch3x3First;
  private final BasicConv2d branch3x3Second;
  private final BasicConv2d sevenFirst;
  private final BasicConv2d sevenSecond;
  private final BasicConv2d sevenThird;
  private final BasicConv2d sevenFourth;

  InceptionD() {
    branch3x3First = child("branch3x3_1", BasicConv2d.point(CHANNELS, 192));
    branch3x3Second = child("branch3x3_2", BasicConv2d.square(192, 320, 3, 2, 0));
    sevenFirst = child("branch7x7x3_1", BasicConv2d.point(CHANNELS, 192));
    sevenSecond = child("branch7x7x3_2", BasicConv2d.row(192, 192, 7));
    sevenThird = child("branch7x7x3_3", BasicConv2d.column(192, 192, 7));
    sevenFourth = child("branch7x7x3_4", BasicConv2d.square(192, 192, 3, 2, 0));
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor seven = sevenThird.forward(sevenSecond.forward(sevenFirst.forward(x))); // [B,192,H,W]
    return Block.joined(
        branch3x3Second.forward(branch3x3First.forward(x)), // [B, 320, H', W']
        sevenFourth.forward(seven), // [B, 192, H', W']
        Pool.halve(x)); // [B, 768, H', W']
  }
}
