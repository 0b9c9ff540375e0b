package io.winnow.tensor;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.cuda.CUDAEvent;
import org.bytedeco.pytorch.cuda.CUDAStream;
import org.bytedeco.pytorch.cuda.CUDAStreamGuard;
import org.bytedeco.pytorch.global.torch_cuda;

/**
 * What needs the engine's CUDA classes, which need {@code org.bytedeco:cuda} of the profile {@code
 * cuda}: nothing here may be called, so that the class is not even loaded, where no CUDA device is
 * in use. Not verified on a GPU.
 */
final class Cuda {
  /** The first capability with bfloat16 in hardware. */
  static final int AMPERE = 8;

  private Cuda() {}

  /** What a device says about itself. */
  record Facts(String name, int major, int minor, long memory) {}

  /**
   * By reflection: the type of the properties is one of {@code org.bytedeco:cuda}, which the build
   * without the profile does not have.
   */
  static Facts facts(int index) {
    try {
      Object found =
          torch_cuda.class.getMethod("getDeviceProperties", byte.class).invoke(null, (byte) index);
      return new Facts(
          ((BytePointer) value(found, "name")).getString(),
          (int) value(found, "major"),
          (int) value(found, "minor"),
          (long) value(found, "totalGlobalMem"));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the engine does not describe CUDA device " + index, e);
    }
  }

  private static Object value(Object properties, String name) throws ReflectiveOperationException {
    return properties.getClass().getMethod(name).invoke(properties);
  }

  /** Makes a device the one that this thread allocates on. */
  static void use(int index) {
    torch_cuda.set_device((byte) index);
  }

  /** Most bytes that tensors have taken at once since the process began. */
  static long peakBytes(int index) {
    try (Scope scope = Scope.open()) {
      return torch_cuda.getAllocator().getDeviceStats((byte) index).allocated_bytes().peak();
    }
  }

  /** Begins a new peak with what tensors take now. */
  static void resetPeak(int index) {
    try (Scope scope = Scope.open()) {
      torch_cuda.getAllocator().resetPeakStats((byte) index);
    }
  }

  /** Bytes that are free on the device, and those that this process has there. */
  static long availableBytes(int index) {
    try (Scope scope = Scope.open()) {
      long free = torch_cuda.getAllocator().getMemoryInfo((byte) index).first();
      return free
          + torch_cuda.getAllocator().getDeviceStats((byte) index).reserved_bytes().current();
    }
  }

  /** A place in the queue of a device's work. */
  static final class Mark implements AutoCloseable {
    private final CUDAEvent event;

    private Mark(CUDAEvent event) {
      this.event = event;
    }

    /** Waits until the device has come here. */
    void await() {
      event.synchronize();
    }

    @Override
    public void close() {
      event.close();
    }
  }

  /** Marks the end of what this thread has queued so far. */
  static Mark mark(int index) {
    try (Scope scope = Scope.open()) {
      CUDAEvent event = Scope.immortal(new CUDAEvent());
      event.record(torch_cuda.getCurrentCUDAStream((byte) index));
      return new Mark(event);
    }
  }

  /**
   * Copies page-locked memory to a device beside the work that is queued there; what is queued from
   * now on waits for the copy.
   */
  static Tensor sentBeside(Tensor locked, Device device) {
    try (Scope scope = Scope.open()) {
      CUDAStream work = torch_cuda.getCurrentCUDAStream(device.index());
      CUDAStream copies = torch_cuda.getStreamFromPool(false, device.index());
      Tensor there;
      try (CUDAStreamGuard guard = new CUDAStreamGuard(copies.asStream())) {
        there = locked.to(device, locked.scalar_type(), true, false, new MemoryFormatOptional());
      }
      CUDAEvent copied = new CUDAEvent();
      copied.record(copies);
      copied.block(work);
      there.record_stream(work.asStream());
      return scope.keep(there);
    }
  }
}
