package io.winnow.weights;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Element types by their safetensors names, with their size in bytes and the engine's type. */
enum ElementType {
  BOOL(ScalarType.Bool, 1),
  U8(ScalarType.Byte, 1),
  I8(ScalarType.Char, 1),
  F8_E4M3(ScalarType.Float8_e4m3fn, 1),
  F8_E5M2(ScalarType.Float8_e5m2, 1),
  I16(ScalarType.Short, 2),
  U16(ScalarType.UInt16, 2),
  F16(ScalarType.Half, 2),
  BF16(ScalarType.BFloat16, 2),
  I32(ScalarType.Int, 4),
  U32(ScalarType.UInt32, 4),
  F32(ScalarType.Float, 4),
  I64(ScalarType.Long, 8),
  U64(ScalarType.UInt64, 8),
  F64(ScalarType.Double, 8),
  C64(ScalarType.ComplexFloat, 8),
  C128(ScalarType.ComplexDouble, 16);

  private final ScalarType scalarType;
  private final int size;

  ElementType(ScalarType scalarType, int size) {
    this.scalarType = scalarType;
    this.size = size;
  }

  ScalarType scalarType() {
    return scalarType;
  }

  /** Bytes per element. */
  int size() {
    return size;
  }

  boolean isFloat() {
    return this == F16 || this == BF16 || this == F32 || this == F64 || isFloat8();
  }

  private boolean isFloat8() {
    return this == F8_E4M3 || this == F8_E5M2;
  }

  static Optional<ElementType> named(String name) {
    for (ElementType type : values()) {
      if (type.name().equals(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  static ElementType of(Tensor tensor) {
    return of(tensor.scalar_type());
  }

  static ElementType of(ScalarType scalarType) {
    ScalarType wanted = scalarType.intern();
    for (ElementType type : values()) {
      if (type.scalarType == wanted) {
        return type;
      }
    }
    throw new IllegalArgumentException(
        "tensor of type " + wanted + ": no file format here stores it. Convert it to float32.");
  }

  /**
   * Number of elements of a shape, or -1 where a size is negative or the product passes 2^63 - 1.
   */
  static long count(long... shape) {
    long count = 1;
    boolean empty = false;
    for (long size : shape) {
      if (size < 0) {
        return -1;
      }
      empty |= size == 0;
    }
    for (long size : shape) {
      if (!empty && count > Long.MAX_VALUE / size) {
        return -1;
      }
      count *= size;
    }
    return empty ? 0 : count;
  }

  /** Bytes of a shape, or -1 where they pass 2^63 - 1. */
  long bytes(long... shape) {
    long count = count(shape);
    return count < 0 || count > Long.MAX_VALUE / size ? -1 : count * size;
  }
}
