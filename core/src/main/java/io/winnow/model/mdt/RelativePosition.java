package io.winnow.model.mdt;

import io.winnow.nn.Layer;
import io.winnow.tensor.Tensors;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A learnt bias of every score, by head and by how far apart two tokens of the W x W grid are.
 *
 * <p>The row of the table is (row_a - row_b + W-1) (2W-1) + (col_a - col_b + W-1), which is key(a)
 * - key(b) plus a constant, with key = row (2W-1) + column: rows of any subset of the tokens follow
 * from their keys. The last three rows of the table are never read; published files have them.
 */
final class RelativePosition extends Layer {
  private final Tensor table; // [(2W-1)^2 + 3, heads]

  RelativePosition(int grid, int heads) {
    long rows = (long) (2 * grid - 1) * (2 * grid - 1) + 3;
    table = parameter("relative_position_bias_table", torch.zeros(rows, heads));
    buffer("relative_position_index", index(grid));
  }

  /** All pairs of tokens, as published files hold it, [L, L], int64. */
  static Tensor index(int grid) {
    long[] all = IntStream.range(0, grid * grid).asLongStream().toArray();
    return rows(Tensors.of(all, 1, all.length), grid).squeeze(0);
  }

  /**
   * The rows of the table for all pairs of some tokens.
   *
   * @param tokens numbers of tokens in the grid, row-major, [B, N], int64
   * @return {@code [B, N, N]}, int64, beside {@code tokens}
   */
  static Tensor rows(Tensor tokens, int grid) {
    Tensor row = tokens.floor_divide(new Scalar(grid));
    Tensor key = tokens.add(row.mul(new Scalar(grid - 1L))); // row (2W-1) + column
    long shift = 2L * grid * (grid - 1);
    return key.unsqueeze(2).sub(key.unsqueeze(1)).add_(new Scalar(shift));
  }

  /**
   * The bias of every pair.
   *
   * @param rows of {@link #rows}, [B, N, N]; B = 1 where all images have the same tokens
   * @return {@code [B, heads, N, N]}
   */
  Tensor bias(Tensor rows) {
    long batch = rows.size(0);
    long heads = table.size(1);
    long tokens = rows.size(1);
    // Along the columns of the transposed table: the gradient of indexing would take longer.
    Tensor columns = table.t().unsqueeze(0).expand(batch, heads, table.size(0));
    Tensor index = rows.view(batch, 1, -1).expand(batch, heads, tokens * tokens);
    return columns.gather(2, index).view(batch, heads, tokens, tokens);
  }
}
