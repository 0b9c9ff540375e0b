package io.winnow.tensor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What to compute on, decided: device, precision, threads, memory layout of images.
 *
 * @param bf16 whether networks run under bfloat16 autocast; losses and weights stay float32
 * @param channelsLast whether images and 4-D weights lie as NHWC in memory, the layout of the
 *     tensor cores; on CPUs training is as fast in either (java/bench/README.md)
 */
public record Compute(Device device, boolean bf16, int threads, boolean channelsLast) {
  private static final Path CPUS = Path.of("/sys/devices/system/cpu");

  /**
   * Decides at run time.
   *
   * @throws IllegalArgumentException when CUDA is asked for and there is none
   */
  public static Compute of(ComputeConfig config) {
    boolean cuda = config.device().equals("cuda");
    boolean hasCuda = !config.device().equals("cpu") && torch.cuda_is_available();
    if (cuda && !hasCuda) {
      throw new IllegalArgumentException(
          "compute.device: cuda, but this process sees no CUDA device (the engine was loaded "
              + (torch.hasCUDA() ? "with CUDA support, so look at the driver" : "without CUDA")
              + "). Use auto or cpu, or build with -Pcuda on a machine with an NVIDIA driver.");
    }
    int threads =
        config.threads().equals("physical") ? physicalCores() : Integer.parseInt(config.threads());
    boolean bf16 =
        config.precision().equals("bf16") || (config.precision().equals("auto") && hasCuda);
    return new Compute(device(hasCuda), bf16, threads, true);
  }

  /** One thread of the CPU in float32: what tests and golden numbers use. */
  public static Compute plainCpu() {
    return new Compute(device(false), false, 1, false);
  }

  private static Device device(boolean cuda) {
    return Scope.immortal(new Device(cuda ? torch.DeviceType.CUDA : torch.DeviceType.CPU));
  }

  /**
   * Sets the engine's number of threads; call it in every thread that computes. The BLAS gets one:
   * its own pool does not follow the engine's, and where the engine calls it from a parallel region
   * (attention) the two pools fight; {@link BlasThreads} lends it more for a while.
   */
  public void apply() {
    torch.set_num_threads(threads);
    BlasThreads.set(1);
  }

  public boolean cuda() {
    return device.is_cuda();
  }

  /** One line for people: {@code "cpu, float32, 2 threads"}. */
  public String describe() {
    return (cuda() ? "cuda" : "cpu")
        + (bf16 ? ", bf16 autocast" : ", float32")
        + (threads == 1 ? ", 1 thread" : ", " + threads + " threads");
  }

  /**
   * Puts a network on the device and into the layout, in place. Integer buffers keep their type.
   */
  public void place(Parameterized network) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      network.parameters().values().forEach(this::place);
      network.buffers().values().forEach(this::place);
    }
  }

  private void place(Tensor tensor) {
    Tensor there = tensor.to(device, tensor.scalar_type());
    tensor.set_data(tensor.dim() == 4 ? images(there) : there);
  }

  /** A tensor of the CPU on the device, without waiting for either ({@link Tensors#sent}). */
  public Tensor sent(Tensor host) {
    return Tensors.sent(host, device);
  }

  /** A 4-D tensor in the layout of this device; the same tensor where it lies so already. */
  public Tensor images(Tensor tensor) {
    return channelsLast ? tensor.contiguous(torch.MemoryFormat.ChannelsLast) : tensor;
  }

  /**
   * Starts the precision of this device for forward passes on this thread; nothing where it is
   * float32. Close it before the backward pass and before losses are computed.
   */
  public Autocast autocast() {
    return new Autocast(bf16, cuda() ? torch.DeviceType.CUDA : torch.DeviceType.CPU);
  }

  /** A region of code under autocast. */
  public static final class Autocast implements AutoCloseable {
    private final boolean on;
    private final torch.DeviceType type;

    private Autocast(boolean on, torch.DeviceType type) {
      this.on = on;
      this.type = type;
      if (on) {
        torch.set_autocast_dtype(type, torch.ScalarType.BFloat16);
        torch.set_autocast_enabled(type, true);
      }
    }

    @Override
    public void close() {
      if (on) {
        torch.set_autocast_enabled(type, false);
        torch.clear_cache();
      }
    }
  }

  /** Physical cores that this process may use: two hyper-threads of one core count once. */
  static int physicalCores() {
    int logical = Runtime.getRuntime().availableProcessors();
    Set<String> cores = new HashSet<>();
    for (int cpu = 0; ; cpu++) {
      Path siblings = CPUS.resolve("cpu" + cpu + "/topology/thread_siblings_list");
      if (!Files.isReadable(siblings)) {
        break;
      }
      try {
        cores.add(Files.readString(siblings, StandardCharsets.US_ASCII).strip());
      } catch (IOException e) {
        return logical;
      }
    }
    return cores.isEmpty() ? logical : Math.min(logical, cores.size());
  }
}
