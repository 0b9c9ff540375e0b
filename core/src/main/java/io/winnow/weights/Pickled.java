package io.winnow.weights;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an unpickled checkpoint is made of: plain values and inert descriptions, never objects of a
 * class it names.
 */
final class Pickled {
  private Pickled() {}

  /** A Python tuple (or torch.Size). */
  record Tuple(List<Object> items) {}

  /** A name from the allow-list, used as a function or as a class. */
  record Global(String name, Kind kind, ElementType type) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** What a global is good for. */
  enum Kind {
    /** {@code torch.FloatStorage}: the element type of a storage; none means bytes. */
    STORAGE,
    /** {@code torch.float32}. */
    DTYPE,
    TENSOR_V2,
    TENSOR_V3,
    PARAMETER,
    TYPED_TENSOR,
    ORDERED_DICT,
    SEQUENCE,
    ENCODE,
    /** Answered with a record that holds no value anyone needs. */
    INERT,
    /** A class of a TorchScript archive: an attribute tree. */
    SCRIPT_CLASS,
    /** Answers its first argument. */
    IDENTITY
  }

  /**
   * A run of elements in a stored block of bytes; {@code type} null means that elements are bytes.
   */
  record Storage(String key, ElementType type, long first, long elements) {
    int elementSize() {
      return type == null ? 1 : type.size();
    }
  }

  /** A tensor not yet read: a strided view of a storage, offset and strides in elements. */
  record TensorRef(
      Storage storage, ElementType type, long offset, List<Long> size, List<Long> stride) {
    /** Elements from the first to the last one addressed; 0 for an empty tensor. */
    long span() {
      long last = 0;
      for (int i = 0; i < size.size(); i++) {
        if (size.get(i) == 0) {
          return 0;
        }
        last = Math.addExact(last, Math.multiplyExact(size.get(i) - 1, stride.get(i)));
      }
      return last + 1;
    }

    long firstByte() {
      return Math.addExact(
          Math.multiplyExact(storage.first(), storage.elementSize()),
          Math.multiplyExact(offset, type.size()));
    }
  }

  /** An object of an allowed class, as nothing but its attributes. */
  static final class Inert {
    private final Global of;
    private final Map<Object, Object> attributes = new LinkedHashMap<>();

    Inert(Global of) {
      this.of = of;
    }

    boolean isScriptObject() {
      return of.kind() == Kind.SCRIPT_CLASS;
    }

    Map<Object, Object> attributes() {
      return attributes;
    }
  }
}
