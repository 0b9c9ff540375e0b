package io.winnow.tensor;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Frees, on close, every native object that was created on this thread since it was opened. One
 * scope is one step: a training step, a sampler step, an encoder batch.
 *
 * <pre>{@code
 * try (Scope scope = Scope.open()) {
 *   Tensor y = x.mul(two);
 *   return scope.keep(y);      // y outlives this scope and belongs to the one around it, or to the caller
 * }
 * }</pre>
 *
 * <p>Build networks, optimisers and cached scalars outside of scopes: what is created inside one
 * dies with it.
 */
public final class Scope implements AutoCloseable {
  private final PointerScope outer;
  private final PointerScope inner;

  private Scope(PointerScope outer, PointerScope inner) {
    this.outer = outer;
    this.inner = inner;
  }

  /** Opens a scope on this thread; close it with try-with-resources. */
  public static Scope open() {
    PointerScope outer = PointerScope.getInnerScope();
    return new Scope(outer, new PointerScope());
  }

  /**
   * Lets a tensor out: it then belongs to the enclosing scope or, where there is none, to the
   * caller, who closes it.
   *
   * @return the same tensor
   */
  public Tensor keep(Tensor tensor) {
    if (outer != null) {
      outer.attach(tensor);
    } else {
      tensor.retainReference();
    }
    inner.detach(tensor);
    return tensor;
  }

  /**
   * Makes a tensor independent of every scope open on this thread; it lives until its owner calls
   * {@code close()}.
   *
   * @return the same tensor
   */
  public static <P extends org.bytedeco.javacpp.Pointer> P immortal(P pointer) {
    pointer.retainReference();
    return pointer;
  }

  @Override
  public void close() {
    inner.close();
  }
}
