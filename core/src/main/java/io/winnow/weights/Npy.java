package io.winnow.weights;

import io.winnow.files.AtomicFile;
import io.winnow.files.FileFailure;
import io.winnow.tensor.Scope;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The npy format of one array. Both byte orders and both element orders are read; objects and
 * structured types are refused. uint16, uint32 and uint64 come out as int64, since the engine has
 * no arithmetic for them.
 */
public final class Npy {
  private Npy() {}

  /** Reads a whole array into memory of its own. */
  public static Tensor read(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteSource source = ByteSource.FileRegion.whole(channel);
      return read(source, NpyHeader.read(source, file.toString()), file.toString());
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  /** Whether an array lies column by column, so that it cannot be read row by row. */
  public static boolean isFortranOrder(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      return NpyHeader.read(ByteSource.FileRegion.whole(channel), file.toString()).fortran();
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  /** Writes an array atomically: version 1.0, C order, little-endian. */
  public static void write(Path file, Tensor tensor) {
    AtomicFile.write(file, out -> write(tensor, out));
  }

  static void write(Tensor tensor, OutputStream out) throws IOException {
    out.write(NpyHeader.bytes(ElementType.of(tensor), tensor.shape()));
    TensorBytes.write(tensor, out);
  }

  static Tensor read(ByteSource source, NpyHeader header, String where) throws IOException {
    try (Scope scope = Scope.open()) {
      long[] shape = header.sizes();
      if (!header.fortran()) {
        return scope.keep(elements(source, header, header.offset(), where, shape));
      }
      long[] reversed =
          IntStream.range(0, shape.length).mapToLong(i -> shape[shape.length - 1 - i]).toArray();
      long[] order =
          IntStream.range(0, shape.length).mapToLong(i -> shape.length - 1 - i).toArray();
      Tensor columns = elements(source, header, header.offset(), where, reversed);
      return scope.keep(columns.permute(order).contiguous());
    }
  }

  /** Elements in the order of the file, as a tensor of the given shape, in the machine's order. */
  static Tensor elements(
      ByteSource source, NpyHeader header, long offset, String where, long... shape)
      throws IOException {
    try (Scope scope = Scope.open()) {
      Tensor tensor = TensorBytes.read(source, offset, header.type(), shape);
      if (header.bigEndian() && header.type().size() > 1) {
        TensorBytes.swap(tensor, header.type().size());
      }
      return scope.keep(widened(tensor, header.type(), where));
    }
  }

  private static Tensor widened(Tensor tensor, ElementType type, String where) {
    return switch (type) {
      case U16, U32 -> tensor.to(ScalarType.Long);
      case U64 -> {
        Tensor signed = tensor.view(ScalarType.Long);
        if (signed.numel() > 0 && signed.min().item_long() < 0) {
          throw new IllegalArgumentException(
              where + ": holds unsigned integers of 2^63 and more, which do not fit into int64");
        }
        yield signed;
      }
      default -> tensor;
    };
  }
}
