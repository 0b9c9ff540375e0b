package io.winnow.artifact;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Where the rows of features lie: in memory, or in the shards of a folder. */
interface FeatureRows extends AutoCloseable {
  long rows();

  /** Puts {@code count} rows from {@code first} on into the buffer, as native-order float32. */
  void read(long first, int count, ByteBuffer into);

  @Override
  void close();

  /** Rows in memory. */
  static FeatureRows of(float[][] values) {
    return new FeatureRows() {
      @Override
      public long rows() {
        return values.length;
      }

      @Override
      public void read(long first, int count, ByteBuffer into) {
        ByteBuffer floats = into.order(ByteOrder.nativeOrder());
        for (int i = 0; i < count; i++) {
          for (float value : values[Math.toIntExact(first + i)]) {
            floats.putFloat(value);
          }
        }
      }

      @Override
      public void close() {}
    };
  }

  /** The shards {@code features-00000.npy} and on, which together must have {@code rows} rows. */
  static FeatureRows open(Path folder, int shards, long rows, int dimension) {
    List<FeatureShard> opened = new ArrayList<>();
    try {
      long sum = 0;
      for (int i = 0; i < shards; i++) {
        FeatureShard shard = FeatureShard.open(folder.resolve(shardName(i)));
        opened.add(shard);
        sum += shard.rows();
        if (shard.dimension() != dimension) {
          throw new IllegalArgumentException(
              folder.resolve(shardName(i))
                  + ": rows of "
                  + shard.dimension()
                  + " values; expected "
                  + dimension
                  + ". Delete the folder and encode again.");
        }
      }
      if (sum != rows) {
        throw new IllegalArgumentException(
            folder + ": shards of " + sum + " rows; expected " + rows + ". Encode again.");
      }
    } catch (RuntimeException e) {
      opened.forEach(FeatureShard::close);
      throw e;
    }
    return sharded(opened, rows, dimension);
  }

  private static FeatureRows sharded(List<FeatureShard> shards, long rows, int dimension) {
    return new FeatureRows() {
      @Override
      public long rows() {
        return rows;
      }

      @Override
      public void read(long first, int count, ByteBuffer into) {
        long start = 0;
        for (FeatureShard shard : shards) {
          long from = Math.max(first, start);
          long until = Math.min(first + count, start + shard.rows());
          if (from < until) {
            into.limit(into.position() + Math.toIntExact((until - from) * dimension * Float.BYTES));
            shard.read(from - start, into);
          }
          start += shard.rows();
        }
      }

      @Override
      public void close() {
        shards.forEach(FeatureShard::close);
      }
    };
  }

  static String shardName(int index) {
    return String.format(java.util.Locale.ROOT, "features-%05d.npy", index);
  }

  static String partName(int index) {
    return String.format(java.util.Locale.ROOT, "index-%05d.parquet", index);
  }
}
