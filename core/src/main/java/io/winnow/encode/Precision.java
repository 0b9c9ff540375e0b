package io.winnow.encode;

import io.winnow.tensor.Compute;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Device;

/** How exactly a network computes. The features are float32 in either case. */
public enum Precision {
  /** Plain float32, without TF32 ({@link Compute#apply}): that of the reference implementations. */
  FLOAT32,
  /**
   * Convolutions and products in bfloat16, on CUDA only: faster, and another encoder as far as
   * statistics are concerned.
   */
  BFLOAT16;

  /** Runs the network under this precision, on this thread. */
  <T> T run(Device device, Supplier<T> network) {
    boolean half = this == BFLOAT16 && device.is_cuda();
    try (Compute.Autocast region = Compute.Autocast.of(half, device)) {
      return network.get();
    }
  }

  /** What an encoder's identity says beside the network. */
  String suffix() {
    return this == FLOAT32 ? "" : ", bfloat16";
  }
}
