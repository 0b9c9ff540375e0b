package io.winnow.weights;

import io.winnow.tensor.Scope;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** The memory of CPU tensors, filled from files and written to them, row-major, little-endian. */
final class TensorBytes {
  /** A Java buffer ends at 2^31 - 1 bytes; larger tensors go in parts of this size. */
  private static final long PART = 1L << 30;

  /** Work on one part of a tensor's memory. */
  @FunctionalInterface
  interface Part {
    void accept(ByteBuffer bytes, long offset) throws IOException;
  }

  private TensorBytes() {}

  /** A tensor of undefined content; it belongs to the caller's scope. */
  static Tensor empty(ElementType type, long... shape) {
    try (Scope scope = Scope.open()) {
      return scope.keep(torch.empty(shape, new TensorOptions(type.scalarType()), null));
    }
  }

  /** Reads a row-major tensor that starts at an offset of the source. */
  static Tensor read(ByteSource source, long offset, ElementType type, long... shape)
      throws IOException {
    Tensor tensor = empty(type, shape);
    forEachPart(tensor, (bytes, at) -> source.read(offset + at, bytes));
    return tensor;
  }

  /** Hands out the memory of a contiguous CPU tensor, part by part. */
  static void forEachPart(Tensor tensor, Part action) throws IOException {
    long size = tensor.nbytes();
    try (Scope scope = Scope.open()) {
      for (long at = 0; at < size; at += PART) {
        BytePointer memory = new BytePointer(tensor.data_ptr());
        memory.limit(Math.min(size, at + PART)).position(at);
        action.accept(memory.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN), at);
      }
    }
  }

  /** Writes any tensor's elements row-major. */
  static void write(Tensor tensor, OutputStream out) throws IOException {
    try (Scope scope = Scope.open()) {
      WritableByteChannel channel = Channels.newChannel(out);
      forEachPart(
          tensor.detach().cpu().contiguous(),
          (bytes, at) -> {
            while (bytes.hasRemaining()) {
              channel.write(bytes);
            }
          });
    }
  }

  /** Reverses the bytes of every element, for files of the other byte order. */
  static void swap(Tensor tensor, int elementSize) throws IOException {
    forEachPart(
        tensor,
        (bytes, at) -> {
          for (int i = 0; i < bytes.limit(); i += elementSize) {
            for (int a = i, b = i + elementSize - 1; a < b; a++, b--) {
              byte low = bytes.get(a);
              bytes.put(a, bytes.get(b));
              bytes.put(b, low);
            }
          }
        });
  }
}
