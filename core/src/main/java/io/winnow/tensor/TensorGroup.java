package io.winnow.tensor;

import java.util.Collection;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorList;
import org.bytedeco.pytorch.TensorVector;

/**
 * A list of tensors in the form that the engine's multi-tensor kernels take. The tensors are
 * shared, not copied. A group made once outside of every scope (or made {@link #immortal}) saves
 * rebuilding the native list each step.
 */
public final class TensorGroup implements AutoCloseable {
  private final IValue value;
  private final int size;

  private TensorGroup(IValue value, int size) {
    this.value = value;
    this.size = size;
  }

  /** A group of these tensors, in order; the caller's scope owns it. */
  public static TensorGroup of(Collection<Tensor> tensors) {
    return of(new TensorVector(tensors.toArray(Tensor[]::new)));
  }

  static TensorGroup of(TensorVector tensors) {
    IValue list = new IValue(new GenericList(new TensorList(tensors)));
    return new TensorGroup(list, Math.toIntExact(tensors.size()));
  }

  /** A group that outlives every scope, until it is closed. */
  public static TensorGroup immortal(Collection<Tensor> tensors) {
    try (Scope scope = Scope.open()) {
      TensorGroup group = of(tensors);
      Scope.immortal(group.value);
      return group;
    }
  }

  public int size() {
    return size;
  }

  /** Frees the list; the tensors stay whose they are. */
  @Override
  public void close() {
    value.close();
  }

  IValue value() {
    return value;
  }
}
