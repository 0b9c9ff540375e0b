package io.winnow.weights;

import io.winnow.files.FileFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** An array on disk, read by blocks of rows (its first dimension). For one thread. */
public final class ArrayRows implements AutoCloseable {
  private final ByteSource source;
  private final CloseAction closing;
  private final NpyHeader header;
  private final String where;

  /** How the underlying file or entry is closed. */
  @FunctionalInterface
  interface CloseAction {
    void close() throws IOException;
  }

  ArrayRows(ByteSource source, CloseAction closing, NpyHeader header, String where) {
    this.source = source;
    this.closing = closing;
    this.header = header;
    this.where = where;
    if (header.shape().isEmpty() || header.fortran()) {
      throw new IllegalArgumentException(
          where
              + (header.fortran() ? ": is in Fortran order" : ": is a scalar")
              + ", which has no rows to stream. Save it in C order (numpy.ascontiguousarray).");
    }
  }

  /** Opens an npy file for reading row by row. */
  public static ArrayRows open(Path file) {
    try {
      FileChannel channel = FileChannel.open(file);
      try {
        ByteSource source = ByteSource.FileRegion.whole(channel);
        NpyHeader header = NpyHeader.read(source, file.toString());
        return new ArrayRows(source, channel::close, header, file.toString());
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  /** Shape of the whole array. */
  public long[] shape() {
    return header.sizes();
  }

  /** Type of the tensors that {@link #read} returns. */
  public ScalarType dtype() {
    return switch (header.type()) {
      case U16, U32, U64 -> ScalarType.Long;
      default -> header.type().scalarType();
    };
  }

  /** Number of rows. */
  public long count() {
    return header.shape().get(0);
  }

  /** Rows first to first + count - 1, as a tensor [count, ...]. Going forward is cheap. */
  public Tensor read(long first, int count) {
    long[] shape = shape();
    if (first < 0 || count < 0 || first + count > shape[0]) {
      throw new IllegalArgumentException(
          where + ": rows " + first + " to " + (first + count) + " of " + shape[0]);
    }
    long rowBytes = shape[0] == 0 ? 0 : header.type().bytes(shape) / shape[0];
    shape[0] = count;
    try {
      return Npy.elements(source, header, header.offset() + first * rowBytes, where, shape);
    } catch (IOException e) {
      throw FileFailure.unreadable(where, e);
    }
  }

  @Override
  public void close() {
    try {
      closing.close();
    } catch (IOException e) {
      throw new UncheckedIOException(where + ": could not be closed", e);
    }
  }
}
