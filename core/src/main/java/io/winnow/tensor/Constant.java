package io.winnow.tensor;

import org.bytedeco.pytorch.Tensor;

/**
 * A table of numbers that is no part of any state dict: a schedule, frequencies, a mean to
 * subtract. It is made on the CPU; where it is first asked for beside a tensor of another device it
 * is copied there, once, so that no later step waits for a copy.
 */
public final class Constant implements AutoCloseable {
  private final Tensor host;
  private volatile Tensor there; // on the device that asked last; null before

  private Constant(Tensor host) {
    this.host = host;
  }

  /** A constant with the values of a tensor on the CPU, which it keeps alive from now on. */
  public static Constant of(Tensor host) {
    return new Constant(Scope.immortal(host));
  }

  /** The values, in their own type and shape, on the device of {@code like}; not to be closed. */
  public Tensor beside(Tensor like) {
    if (like.is_cpu()) {
      return host;
    }
    try (Scope scope = Scope.open()) {
      Tensor found = there;
      if (found == null || !found.device().equals(like.device())) {
        found = Scope.immortal(host.to(like.device(), host.scalar_type()));
        there = found;
      }
      return found;
    }
  }

  /** Frees the values, on every device. One that serves the whole process is never closed. */
  @Override
  public void close() {
    host.close();
    if (there != null) {
      there.close();
    }
  }
}
