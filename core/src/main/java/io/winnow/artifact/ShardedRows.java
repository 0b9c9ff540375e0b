package io.winnow.artifact;

import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.NpyRows;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The shards {@code features-00000.npy} and on, read where they lie.
 *
 * @param shardRows rows of every shard but the last
 */
record ShardedRows(List<NpyRows.Reader> shards, long rows, int shardRows, int dimension)
    implements FeatureRows {
  static ShardedRows open(Path folder, long rows, int shardRows, int dimension) {
    List<NpyRows.Reader> opened = new ArrayList<>();
    try {
      for (long first = 0; first < rows; first += shardRows) {
        Path file = folder.resolve(FeatureShards.shardName(opened.size()));
        opened.add(FeatureShards.openShard(file, Math.min(shardRows, rows - first), dimension));
      }
    } catch (RuntimeException e) {
      opened.forEach(NpyRows.Reader::close);
      throw e;
    }
    return new ShardedRows(opened, rows, shardRows, dimension);
  }

  @Override
  public Tensor block(long first, int count) {
    try (Scope scope = Scope.open();
        TensorVector parts = new TensorVector()) {
      long end = first + count;
      for (long at = first; at < end; ) {
        int shard = Math.toIntExact(at / shardRows);
        long start = (long) shard * shardRows;
        int part = Math.toIntExact(Math.min(end, start + shardRows) - at);
        parts.push_back(shards.get(shard).block(at - start, part));
        at += part;
      }
      // An element of the vector is a handle into its memory; the alias owns its own.
      return scope.keep(
          parts.empty() ? empty(0) : parts.size() == 1 ? parts.get(0).alias() : torch.cat(parts));
    }
  }

  @Override
  public Tensor gather(int[] positions) {
    Tensor all = empty(positions.length);
    for (int shard = 0; shard < shards.size(); shard++) {
      long start = (long) shard * shardRows;
      List<Integer> here = new ArrayList<>();
      for (int i = 0; i < positions.length; i++) {
        if (positions[i] / shardRows == shard) {
          here.add(i);
        }
      }
      if (here.isEmpty()) {
        continue;
      }
      int[] rows = here.stream().mapToInt(i -> (int) (positions[i] - start)).toArray();
      int[] targets = here.stream().mapToInt(i -> i).toArray();
      try (Scope scope = Scope.open()) {
        all.index_copy_(0, Tensors.ofInts(targets), shards.get(shard).gather(rows));
      }
    }
    return all;
  }

  private Tensor empty(long count) {
    return torch.empty(
        new long[] {count, dimension}, new TensorOptions(torch.ScalarType.Float), null);
  }

  @Override
  public void close() {
    try {
      shards.forEach(NpyRows.Reader::close);
    } catch (UncheckedIOException e) {
      // Files that were only read; there is nothing to lose.
      return;
    }
  }
}
