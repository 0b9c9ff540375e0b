package io.winnow.model.mdt;

import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Where the position embeddings start: [sin(col w), cos(col w), sin(row w), cos(row w)] with w_i =
 * 10000^(-4 i / D), i = 0 .. D/4 - 1; the column first. Source: facebookresearch/mae, {@code
 * util/pos_embed.py}.
 */
public final class PositionTable {
  private PositionTable() {}

  /**
   * One row per token, row-major.
   *
   * @param width D, a multiple of 4
   * @param grid tokens per row and column
   * @return {@code [1, grid * grid, D]}, float32, rounded from float64 once
   */
  public static Tensor sinCos(int width, int grid) {
    int quarter = width / 4;
    double[] values = new double[grid * grid * width];
    for (int token = 0; token < grid * grid; token++) {
      int at = token * width;
      int column = token % grid;
      int row = token / grid;
      for (int i = 0; i < quarter; i++) {
        double w = 1 / Math.pow(10000, i / (double) quarter);
        values[at + i] = Math.sin(column * w);
        values[at + quarter + i] = Math.cos(column * w);
        values[at + 2 * quarter + i] = Math.sin(row * w);
        values[at + 3 * quarter + i] = Math.cos(row * w);
      }
    }
    return Tensors.of(values, 1, (long) grid * grid, width).to(torch.ScalarType.Float);
  }

  /**
   * Which row of a relative position table a pair of tokens reads.
   *
   * @return {@code [grid * grid, grid * grid]}, int64
   */
  public static Tensor relativeIndex(int grid) {
    return RelativePosition.index(grid);
  }
}
