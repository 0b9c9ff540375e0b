package io.winnow.weights;

import io.winnow.tensor.Scope;
import io.winnow.weights.Pickled.Inert;
import io.winnow.weights.Pickled.TensorRef;
import io.winnow.weights.Pickled.Tuple;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** An unpickled object as tensors and plain values by path; tensors are read when asked for. */
final class PickledTree implements TensorSource {
  /** Deeper than any checkpoint; also ends at lists that contain themselves. */
  private static final int DEEPEST = 64;

  /** Lists that refer to one another may describe more entries than memory has. */
  private static final int MOST_ENTRIES = 5_000_000;

  /** Where the bytes of a storage are. */
  @FunctionalInterface
  interface Storages {
    ByteSource find(String key) throws IOException;
  }

  private final String where;
  private final Storages storages;
  private final Map<String, TensorRef> tensors = new LinkedHashMap<>();
  private final Map<String, Object> scalars = new LinkedHashMap<>();
  private int entries;

  PickledTree(Object root, String where, Storages storages) {
    this.where = where;
    this.storages = storages;
    if (root instanceof TensorRef tensor) {
      tensors.put("tensor", tensor);
    } else {
      collect("", root, 0, false);
    }
  }

  private void collect(String path, Object value, int depth, boolean tensorsOnly) {
    if (depth > DEEPEST || ++entries > MOST_ENTRIES) {
      throw new IllegalArgumentException(
          where
              + ": is nested deeper than "
              + DEEPEST
              + " levels or has more than "
              + MOST_ENTRIES
              + " entries (at "
              + path
              + ")");
    }
    if (value instanceof TensorRef tensor) {
      if (tensors.put(path, tensor) != null) {
        throw new IllegalArgumentException(where + ": two tensors have the path " + path);
      }
    } else if (value instanceof Map<?, ?> map) {
      map.forEach((key, item) -> collect(join(path, key), item, depth + 1, tensorsOnly));
    } else if (value instanceof Inert object) {
      if (object.isScriptObject()) {
        object.attributes().forEach((key, item) -> collect(join(path, key), item, depth + 1, true));
      }
    } else if (value instanceof Tuple || value instanceof List) {
      List<?> items = value instanceof Tuple tuple ? tuple.items() : (List<?>) value;
      for (int i = 0; i < items.size() && !tensorsOnly; i++) {
        collect(join(path, i), items.get(i), depth + 1, false);
      }
    } else if (!tensorsOnly && !(value instanceof byte[]) && !(value instanceof Record)) {
      scalars.put(path, value);
    }
  }

  private static String join(String path, Object key) {
    return path.isEmpty() ? String.valueOf(key) : path + "." + key;
  }

  @Override
  public List<String> paths() {
    return List.copyOf(tensors.keySet());
  }

  @Override
  public Map<String, Object> scalars() {
    return scalars;
  }

  @Override
  public Tensor tensor(String path) throws IOException {
    TensorRef ref = tensors.get(path);
    long span = ref.span();
    long[] size = ref.size().stream().mapToLong(Long::longValue).toArray();
    long[] stride = ref.stride().stream().mapToLong(Long::longValue).toArray();
    try (Scope scope = Scope.open()) {
      if (span == 0) {
        return scope.keep(TensorBytes.empty(ref.type(), size));
      }
      ByteSource source = storages.find(ref.storage().key());
      long end = ref.firstByte() + span * ref.type().size();
      if (end > source.size()) {
        throw new IllegalArgumentException(
            where
                + ": storage "
                + ref.storage().key()
                + " has "
                + source.size()
                + " bytes, tensor "
                + path
                + " needs "
                + end);
      }
      Tensor flat = TensorBytes.read(source, ref.firstByte(), ref.type(), span);
      return scope.keep(flat.as_strided(size, stride).contiguous());
    }
  }
}
