package io.winnow.weights;

import io.winnow.files.FileFailure;
import io.winnow.tensor.Scope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A matrix of floats on disk, an npy file of [N, d], of which parts are read. */
public final class NpyRows {
  private NpyRows() {}

  /** Opens a matrix of floats for reading: float16, float32 or float64, in C order. */
  public static Reader open(Path file) {
    try {
      FileChannel channel = FileChannel.open(file);
      try {
        ByteSource source = ByteSource.FileRegion.whole(channel);
        NpyHeader header = NpyHeader.read(source, file.toString());
        if (header.shape().size() != 2 || header.fortran() || !header.type().isFloat()) {
          throw new IllegalArgumentException(
              file
                  + ": "
                  + header.type()
                  + " "
                  + header.shape()
                  + (header.fortran() ? " in Fortran order" : "")
                  + " is not a matrix of floats in C order [N, d]. Save it with numpy.save as"
                  + " float32.");
        }
        return new Reader(file, channel, source, header);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  /** Reads blocks of rows and single rows; several threads may share one. */
  public static final class Reader implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;
    private final ByteSource source;
    private final NpyHeader header;

    private Reader(Path file, FileChannel channel, ByteSource source, NpyHeader header) {
      this.file = file;
      this.channel = channel;
      this.source = source;
      this.header = header;
    }

    public long rows() {
      return header.shape().get(0);
    }

    public int dimension() {
      return Math.toIntExact(header.shape().get(1));
    }

    /** Rows first to first + count - 1: [count, d] float32 on the CPU, in the caller's scope. */
    public Tensor block(long first, int count) {
      if (first < 0 || count < 0 || first + count > rows()) {
        throw new IllegalArgumentException(
            file + ": rows " + first + " to " + (first + count) + " of " + rows());
      }
      try (Scope scope = Scope.open()) {
        Tensor block =
            Npy.elements(source, header, offset(first), file.toString(), count, dimension());
        return scope.keep(block.to(ScalarType.Float));
      } catch (IOException e) {
        throw FileFailure.unreadable(file, e);
      }
    }

    /** The named rows in the order given: [n, d] float32 on the CPU, in the caller's scope. */
    public Tensor gather(int[] indices) {
      int rowBytes = dimension() * header.type().size();
      try (Scope scope = Scope.open()) {
        Tensor rows = TensorBytes.empty(header.type(), indices.length, dimension());
        long perPart = Math.max(1, (1 << 28) / Math.max(1, rowBytes));
        for (long from = 0; from < indices.length; from += perPart) {
          long count = Math.min(perPart, indices.length - from);
          long start = from;
          TensorBytes.forEachPart(
              rows.narrow(0, from, count),
              (bytes, at) -> {
                for (int i = 0; i < count; i++) {
                  readRow(indices[Math.toIntExact(start + i)], bytes, i * rowBytes, rowBytes);
                }
              });
        }
        if (header.bigEndian()) {
          TensorBytes.swap(rows, header.type().size());
        }
        return scope.keep(rows.to(ScalarType.Float));
      } catch (IOException e) {
        throw FileFailure.unreadable(file, e);
      }
    }

    private void readRow(int index, ByteBuffer bytes, int at, int rowBytes) throws IOException {
      if (index < 0 || index >= rows()) {
        throw new IllegalArgumentException(file + ": row " + index + " of " + rows());
      }
      bytes.limit(at + rowBytes).position(at);
      source.read(offset(index), bytes);
    }

    private long offset(long row) {
      return header.offset() + row * dimension() * header.type().size();
    }

    @Override
    public void close() {
      try {
        channel.close();
      } catch (IOException e) {
        throw FileFailure.unreadable(file, e);
      }
    }
  }
}
