package io.winnow.weights;

import io.winnow.weights.Pickled.Global;
import io.winnow.weights.Pickled.Kind;
import io.winnow.weights.Pickled.Storage;
import io.winnow.weights.Pickled.TensorRef;
import io.winnow.weights.Pickled.Tuple;
import java.util.List;

/**
 * The rebuild functions of torch.save: checked descriptions of strided views. Source: PyTorch
 * {@code torch/_utils.py}, {@code _rebuild_tensor_v2} and {@code _rebuild_tensor_v3}.
 */
final class PickledTensors {
  /** Stride 0 may repeat a small storage without bound; this many elements are still made. */
  private static final long MOST_REPEATED = 1L << 28;

  private final PickleInput in;

  PickledTensors(PickleInput in) {
    this.in = in;
  }

  /** (storage, offset, size, stride, requires_grad, hooks[, metadata]). */
  TensorRef version2(List<Object> args) {
    if (args.size() < 4 || !(args.get(0) instanceof Storage storage) || storage.type() == null) {
      throw in.refused("a tensor without a typed storage");
    }
    return tensor(storage, storage.type(), args);
  }

  /** (storage, offset, size, stride, requires_grad, hooks, dtype[, metadata]). */
  TensorRef version3(List<Object> args) {
    if (args.size() < 7
        || !(args.get(0) instanceof Storage storage)
        || !(args.get(6) instanceof Global dtype)
        || dtype.kind() != Kind.DTYPE) {
      throw in.refused("a tensor without a storage and a dtype");
    }
    return tensor(storage, dtype.type(), args);
  }

  private TensorRef tensor(Storage storage, ElementType type, List<Object> args) {
    if (!(args.get(1) instanceof Long offset)) {
      throw in.refused("a tensor whose offset is no number");
    }
    List<Long> size = numbers(args.get(2));
    List<Long> stride = numbers(args.get(3));
    TensorRef tensor = new TensorRef(storage, type, offset, size, stride);
    long count = ElementType.count(size.stream().mapToLong(Long::longValue).toArray());
    if (offset < 0 || size.size() != stride.size() || count < 0) {
      throw in.refused("a tensor of size " + size + " at offset " + offset);
    }
    long bytes = Math.multiplyExact(storage.elements(), storage.elementSize());
    long end = Math.multiplyExact(Math.addExact(offset, tensor.span()), type.size());
    if (count > 0 && end > bytes) {
      throw in.refused(
          "a tensor " + size + " that reaches byte " + end + " of a storage of " + bytes);
    }
    if (count > tensor.span() && count > MOST_REPEATED) {
      throw in.refused("a tensor that repeats its storage to " + count + " elements");
    }
    return tensor;
  }

  private List<Long> numbers(Object value) {
    List<?> items =
        value instanceof Tuple tuple ? tuple.items() : value instanceof List<?> list ? list : null;
    if (items == null || !items.stream().allMatch(i -> i instanceof Long n && n >= 0)) {
      throw in.refused("a tensor whose size or stride is no list of numbers from 0 on");
    }
    return items.stream().map(Long.class::cast).toList();
  }
}
