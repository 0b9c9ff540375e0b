package io.winnow.tensor;

import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.global.torch;

/**
 * Lends the BLAS as many threads as the engine has, for a few large products and decompositions
 * outside of any network; it goes back to one on close. The setting is the process's.
 */
public final class BlasThreads implements AutoCloseable {
  private BlasThreads() {}

  /** As many as the engine's on this thread. */
  public static BlasThreads ofEngine() {
    set(torch.get_num_threads());
    return new BlasThreads();
  }

  static void set(int threads) {
    try (Scope scope = Scope.open()) { // the binding makes a pointer for each call
      openblas.blas_set_num_threads(threads);
    }
  }

  @Override
  public void close() {
    set(1);
  }
}
