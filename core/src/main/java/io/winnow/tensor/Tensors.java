package io.winnow.tensor;

import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Java arrays into tensors and back, always by copy. Tensors come out on the CPU and belong to the
 * caller's scope.
 */
public final class Tensors {
  private Tensors() {}

  /** A float32 tensor with a copy of the values, row-major. */
  public static Tensor of(float[] values, long... shape) {
    return Tensor.create(values, shape);
  }

  /** A float64 tensor with a copy of the values, row-major. */
  public static Tensor of(double[] values, long... shape) {
    return Tensor.create(values, shape);
  }

  /** An int64 tensor with a copy of the values, row-major. */
  public static Tensor of(long[] values, long... shape) {
    return Tensor.create(values, shape);
  }

  /** An int64 vector with a copy of the values. */
  public static Tensor ofInts(int[] values) {
    long[] wide = new long[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return of(wide, wide.length);
  }

  /** All elements in row-major order as float32, from any device and layout. */
  public static float[] floats(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.numel())];
    try (Scope scope = Scope.open()) {
      if (values.length > 0) {
        plain(tensor, torch.ScalarType.Float).data_ptr_float().get(values);
      }
    }
    return values;
  }

  /** All elements in row-major order as float64, from any device and layout. */
  public static double[] doubles(Tensor tensor) {
    double[] values = new double[Math.toIntExact(tensor.numel())];
    try (Scope scope = Scope.open()) {
      if (values.length > 0) {
        plain(tensor, torch.ScalarType.Double).data_ptr_double().get(values);
      }
    }
    return values;
  }

  /** All elements in row-major order as int64, from any device and layout. */
  public static long[] longs(Tensor tensor) {
    long[] values = new long[Math.toIntExact(tensor.numel())];
    try (Scope scope = Scope.open()) {
      if (values.length > 0) {
        plain(tensor, torch.ScalarType.Long).data_ptr_long().get(values);
      }
    }
    return values;
  }

  /** All elements in row-major order as bytes (of a uint8, int8 or bool tensor). */
  public static byte[] bytes(Tensor tensor) {
    byte[] values = new byte[Math.toIntExact(tensor.numel())];
    try (Scope scope = Scope.open()) {
      if (values.length > 0) {
        plain(tensor, torch.ScalarType.Byte).data_ptr_byte().get(values);
      }
    }
    return values;
  }

  /**
   * A tensor of the CPU on a device, without waiting for either: by way of page-locked memory to
   * CUDA, whose allocator keeps that memory until the copy is done. The same tensor where the
   * device is the CPU.
   */
  public static Tensor sent(Tensor host, Device device) {
    if (device.is_cpu()) {
      return host;
    }
    Tensor locked = device.is_cuda() && !host.is_pinned() ? host.pin_memory() : host;
    return locked.to(device, locked.scalar_type(), true, false, new MemoryFormatOptional());
  }

  /**
   * As {@link #sent}, by a queue of its own, so that the copy passes what the device still
   * computes.
   */
  public static Tensor sentBeside(Tensor host, Device device) {
    if (!device.is_cuda()) {
      return sent(host, device);
    }
    return Cuda.sentBeside(host.is_pinned() ? host : host.pin_memory(), device);
  }

  /** A scalar that outlives every scope; for constants that are made once. */
  public static Scalar constant(double value) {
    return Scope.immortal(new Scalar(value));
  }

  private static Tensor plain(Tensor tensor, torch.ScalarType type) {
    return tensor
        .detach()
        .to(torch.ScalarType.Undefined == type ? tensor.scalar_type() : type)
        .cpu()
        .contiguous();
  }

  /**
   * Contiguous float32 tensors of one shape side by side; plain copies, which start no team of
   * threads.
   *
   * @param images [C, H, W] each
   * @return [B, C, H, W]
   */
  public static Tensor stack(List<Tensor> images) {
    Tensor first = images.get(0);
    long[] shape = {images.size(), first.size(0), first.size(1), first.size(2)};
    Tensor batch = torch.empty(shape, new TensorOptions(torch.ScalarType.Float), null);
    long bytes = first.numel() * Float.BYTES;
    try (Scope scope = Scope.open()) {
      BytePointer to = new BytePointer(batch.data_ptr());
      for (int i = 0; i < images.size(); i++) {
        Pointer.memcpy(to.position(i * bytes), images.get(i).data_ptr(), bytes);
      }
    }
    return batch;
  }
}
