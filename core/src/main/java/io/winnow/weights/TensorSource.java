package io.winnow.weights;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Tensors by path that are read when asked for. */
interface TensorSource {
  /** Paths of all tensors, in the order of the file. */
  List<String> paths();

  Map<String, Object> scalars();

  Tensor tensor(String path) throws IOException;

  /**
   * A tensor's type and shape as a tensor of the engine's {@code meta} device, where the source has
   * them without its elements; else the tensor itself.
   */
  default Tensor described(String path) throws IOException {
    return tensor(path);
  }

  /** Names of files beside the one that was opened, which hold the tensors instead; ascending. */
  default List<String> shards() {
    return List.of();
  }

  /** The tensors whose path begins so, without that beginning. */
  default Map<String, Tensor> tensors(String prefix) throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (String path : paths()) {
      if (path.startsWith(prefix)) {
        tensors.put(path.substring(prefix.length()), tensor(path));
      }
    }
    return tensors;
  }

  /** Something to do with an open file. */
  @FunctionalInterface
  interface Use<T> {
    T of(TensorSource source) throws IOException;
  }
}
