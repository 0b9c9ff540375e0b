package io.winnow.tensor;

import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Values on their way to the host. From CUDA the copy goes into page-locked memory behind the work
 * that is queued so far; {@link #values} waits for that alone, not for what was queued after it.
 */
public final class HostCopy implements AutoCloseable {
  private static final Device CPU = Scope.immortal(new Device(torch.DeviceType.CPU));

  private final Tensor host;
  private final Cuda.Mark copied; // null where nothing is on its way

  private HostCopy(Tensor host, Cuda.Mark copied) {
    this.host = host;
    this.copied = copied;
  }

  /** Begins to copy a tensor; from the CPU it is the tensor itself, kept alive. */
  public static HostCopy begin(Tensor tensor) {
    try (Scope scope = Scope.open()) {
      Tensor there = tensor.detach();
      if (!there.is_cuda()) {
        return new HostCopy(Scope.immortal(there.cpu()), null);
      }
      Tensor host = there.to(CPU, there.scalar_type(), true, false, new MemoryFormatOptional());
      return new HostCopy(Scope.immortal(host), Cuda.mark(there.device().index()));
    }
  }

  /**
   * Begins to copy a tensor so that what is written to it from now on does not reach the copy, on
   * the CPU neither.
   */
  public static HostCopy snapshot(Tensor tensor) {
    try (Scope scope = Scope.open()) {
      return begin(tensor.is_cpu() ? tensor.detach().clone() : tensor);
    }
  }

  /** The values, once they are here; they belong to this copy. */
  public Tensor values() {
    if (copied != null) {
      copied.await();
    }
    return host;
  }

  @Override
  public void close() {
    values().close();
    if (copied != null) {
      copied.close();
    }
  }
}
