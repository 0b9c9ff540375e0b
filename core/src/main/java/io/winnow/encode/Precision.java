package io.winnow.encode;

import java.util.function.Supplier;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch;

/** How exactly a network computes. The features are float32 in either case. */
public enum Precision {
  /** Plain float32: the precision of the reference implementations. */
  FLOAT32,
  /**
   * Convolutions and products in bfloat16, on CUDA only: faster, and another encoder as far as
   * statistics are concerned.
   */
  BFLOAT16;

  /** Runs the network under this precision, on this thread. */
  <T> T run(Device device, Supplier<T> network) {
    if (!device.is_cuda()) {
      return network.get();
    }
    return this == FLOAT32 ? exactly(network) : autocast(network);
  }

  /** Products of convolutions are rounded to ten bits (TF32) by default on CUDA; not here. */
  private static <T> T exactly(Supplier<T> network) {
    boolean before = torch.globalContext().allowTF32CuDNN();
    torch.globalContext().setAllowTF32CuDNN(false);
    try {
      return network.get();
    } finally {
      torch.globalContext().setAllowTF32CuDNN(before);
    }
  }

  private static <T> T autocast(Supplier<T> network) {
    torch.set_autocast_dtype(torch.DeviceType.CUDA, torch.ScalarType.BFloat16);
    torch.set_autocast_enabled(torch.DeviceType.CUDA, true);
    try {
      return network.get();
    } finally {
      torch.set_autocast_enabled(torch.DeviceType.CUDA, false);
      torch.clear_cache();
    }
  }

  /** What an encoder's identity says beside the network. */
  String suffix() {
    return this == FLOAT32 ? "" : ", bfloat16";
  }
}
