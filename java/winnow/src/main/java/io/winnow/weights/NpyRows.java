package io.winnow.weights;

import io.winnow.files.AtomicFile;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Shapes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A growing matrix on disk: an npy file of float32 rows whose header counts the rows that are
 * safely on disk. The bytes of the rows are synced before the count is, so after {@code kill -9}
 * the file is valid and holds every row up to the last {@link Writer#sync}.
 */
public final class NpyRows {
  /** Room for any row count and width, so that the count can be patched in place. */
  private static final int HEADER = 128;

  private NpyRows() {}

  /** Begins a file anew, with no rows. */
  public static Writer create(Path file, int dimension) {
    return writer(
        file,
        dimension,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
  }

  /** Continues a file after the rows that its header counts; what follows them is cut off. */
  public static Writer resume(Path file, int dimension) {
    return writer(file, dimension, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static Writer writer(Path file, int dimension, StandardOpenOption... options) {
    try {
      FileChannel channel = FileChannel.open(file, options);
      try {
        Writer writer = new Writer(file, channel, dimension);
        if (options[0] == StandardOpenOption.READ) {
          writer.rows = countedRows(file, channel, dimension);
          channel.truncate(writer.end());
        } else {
          writer.sync();
        }
        return writer;
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          file + ": could not be opened for writing (" + AtomicFile.reason(e) + ")", e);
    }
  }

  private static long countedRows(Path file, FileChannel channel, int dimension)
      throws IOException {
    NpyHeader header = NpyHeader.read(ByteSource.FileRegion.whole(channel), file.toString());
    if (header.offset() != HEADER
        || header.type() != ElementType.F32
        || header.bigEndian()
        || header.fortran()
        || header.shape().size() != 2
        || header.shape().get(1) != dimension) {
      throw new IllegalArgumentException(
          file
              + ": "
              + header.type()
              + " "
              + header.shape()
              + " cannot be continued; float32 [*, "
              + dimension
              + "] written here was expected. Remove the file to begin anew.");
    }
    return header.shape().get(0);
  }

  /** Opens a matrix of floats for reading: this file's kind or any [N, d] float16/32/64 npy. */
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
                  + " is not a matrix of floats in C order [N, d]");
        }
        return new Reader(file, channel, source, header);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          file + ": could not be read (" + AtomicFile.reason(e) + ")", e);
    }
  }

  /** Appends rows. For one thread. */
  public static final class Writer implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;
    private final int dimension;
    private long rows;

    private Writer(Path file, FileChannel channel, int dimension) {
      this.file = file;
      this.channel = channel;
      this.dimension = dimension;
    }

    /** Rows appended so far, those of earlier runs included. */
    public long rows() {
      return rows;
    }

    private long end() {
      return HEADER + rows * dimension * Float.BYTES;
    }

    /**
     * Appends rows.
     *
     * @param block [n, d], any float type, any device
     */
    public void append(Tensor block) {
      Shapes.require(block, file + " rows", Shapes.ANY, dimension);
      long start = end();
      try (Scope scope = Scope.open()) {
        TensorBytes.forEachPart(
            block.detach().to(ScalarType.Float).cpu().contiguous(),
            (bytes, at) -> writeAll(bytes, start + at));
      } catch (IOException e) {
        throw failed(e);
      }
      rows += block.size(0);
    }

    /** Makes every row appended so far durable and counts it in the header. */
    public void sync() {
      try {
        channel.force(false);
        writeAll(ByteBuffer.wrap(NpyHeader.bytes(ElementType.F32, HEADER, rows, dimension)), 0);
        channel.force(true);
      } catch (IOException e) {
        throw failed(e);
      }
    }

    private void writeAll(ByteBuffer bytes, long at) throws IOException {
      long next = at;
      while (bytes.hasRemaining()) {
        next += channel.write(bytes, next);
      }
    }

    /** Syncs and closes. */
    @Override
    public void close() {
      sync();
      try {
        channel.close();
      } catch (IOException e) {
        throw failed(e);
      }
    }

    private UncheckedIOException failed(IOException e) {
      return new UncheckedIOException(
          file + ": could not be written (" + AtomicFile.reason(e) + ")", e);
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
        throw failed(e);
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
        throw failed(e);
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

    private UncheckedIOException failed(IOException e) {
      return new UncheckedIOException(
          file + ": could not be read (" + AtomicFile.reason(e) + ")", e);
    }

    @Override
    public void close() {
      try {
        channel.close();
      } catch (IOException e) {
        throw failed(e);
      }
    }
  }
}
