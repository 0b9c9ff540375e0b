package io.winnow.tensor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What to compute on, decided: device, precision, threads, memory layout of images, and the
 * engine's switches on CUDA. Every decision about a device is made here.
 *
 * @param bf16 whether networks run under bfloat16 autocast; losses and weights stay float32
 * @param layout of images and 4-D weights; on CPUs training is as fast in either (bench/README.md)
 * @param kernels how CUDA's kernels are chosen
 * @param graphs whether sampling on CUDA replays recorded work
 */
public record Compute(
    Device device, boolean bf16, int threads, Layout layout, Kernel kernels, boolean graphs) {
  private static final Path CPUS = Path.of("/sys/devices/system/cpu");

  /** How CUDA's kernels are chosen where there are several for one task. */
  public enum Kernel {
    /** Those that give the same bits every time. */
    DETERMINISTIC,
    /** Those that the engine's rules of thumb name. */
    USUAL,
    /** The fastest convolutions, by trying: they may differ from start to start. */
    SEARCHED;

    private static Kernel of(ComputeConfig config) {
      return config.search() ? SEARCHED : config.deterministic() ? DETERMINISTIC : USUAL;
    }
  }

  /** With deterministic kernels; norms by the engine's kernels. */
  public Compute(Device device, boolean bf16, int threads, boolean channelsLast) {
    this(
        device,
        bf16,
        threads,
        channelsLast ? Layout.CHANNELS_LAST : Layout.NCHW,
        Kernel.DETERMINISTIC,
        false);
  }

  /**
   * Decides at run time.
   *
   * @throws IllegalArgumentException when a CUDA device is asked for and is not there, or bfloat16
   *     on one that only emulates it
   */
  public static Compute of(ComputeConfig config) {
    boolean found = !config.device().equals("cpu") && torch.cuda_is_available();
    int count = found ? torch.cuda_device_count() : 0;
    int index = cudaIndex(config.device(), count);
    boolean cuda = index >= 0;
    int threads =
        config.threads().equals("physical") ? physicalCores() : Integer.parseInt(config.threads());
    return new Compute(
        cuda ? Scope.immortal(new Device(torch.DeviceType.CUDA, (byte) index)) : cpu(),
        bf16(config.precision(), index, cuda ? Cuda.facts(index) : null),
        threads,
        Layout.named(config.layout(), cuda),
        Kernel.of(config),
        graphs(config.graphs(), cuda));
  }

  /** Whether sampling replays recorded work. */
  static boolean graphs(String asked, boolean cuda) {
    return cuda && asked.equals(ComputeConfig.AUTO);
  }

  /** What records work to replay it; null where it is started step by step. */
  public GraphRecorder recorder() {
    return graphs && cuda() ? new CudaGraphs(device.index()) : null;
  }

  /** Which of {@code count} CUDA devices is meant; -1 for the CPU. */
  static int cudaIndex(String device, int count) {
    if (device.equals("cpu") || (device.equals(ComputeConfig.AUTO) && count == 0)) {
      return -1;
    }
    if (count == 0) {
      throw new IllegalArgumentException(
          "compute.device: "
              + device
              + ", but this process sees no CUDA device (the engine was loaded "
              + (torch.hasCUDA() ? "with CUDA support, so look at the driver" : "without CUDA")
              + "). Use auto or cpu, or build with -Pcuda on a machine with an NVIDIA driver.");
    }
    int index = device.contains(":") ? Integer.parseInt(device.substring("cuda:".length())) : 0;
    if (index >= count) {
      throw new IllegalArgumentException(
          "compute.device: %s, but this process sees %d CUDA device%s, cuda:0%s. Use one of them."
              .formatted(
                  device,
                  count,
                  count == 1 ? "" : "s",
                  count == 1 ? "" : " to cuda:" + (count - 1)));
    }
    return index;
  }

  /**
   * Whether networks run in bfloat16.
   *
   * @param facts of the CUDA device {@code index}; null for the CPU
   */
  static boolean bf16(String precision, int index, Cuda.Facts facts) {
    if (facts == null || !precision.equals("bf16") || facts.major() >= Cuda.AMPERE) {
      return precision.equals("bf16")
          || (precision.equals(ComputeConfig.AUTO)
              && facts != null
              && facts.major() >= Cuda.AMPERE);
    }
    throw new IllegalArgumentException(
        "compute.precision: bf16, but cuda:%d (%s) has compute capability %d.%d, where it is emulated;"
                .formatted(index, facts.name(), facts.major(), facts.minor())
            + " expected 8.0 or newer. Use float32, or auto, which is float32 there.");
  }

  /** One thread of the CPU in float32: what tests and golden numbers use. */
  public static Compute plainCpu() {
    return new Compute(cpu(), false, 1, false);
  }

  private static Device cpu() {
    return Scope.immortal(new Device(torch.DeviceType.CPU));
  }

  /**
   * Sets the engine's number of threads; call it in every thread that computes. The BLAS gets one:
   * its own pool does not follow the engine's, and where the engine calls it from a parallel region
   * (attention) the two pools fight; {@link BlasThreads} lends it more for a while.
   *
   * <p>On CUDA it also names the device for this thread and sets the process's switches: float32
   * means float32, so that TF32 is off for convolutions and products, whoever computes.
   */
  public void apply() {
    torch.set_num_threads(threads);
    BlasThreads.set(1);
    if (cuda()) {
      Cuda.use(device.index());
      boolean same = kernels == Kernel.DETERMINISTIC;
      try (Scope scope = Scope.open()) {
        Context engine = torch.globalContext();
        engine.setAllowTF32CuDNN(false);
        engine.setAllowTF32CuBLAS(false);
        engine.setDeterministicCuDNN(same);
        engine.setDeterministicAlgorithms(same, true);
        engine.setDeterministicFillUninitializedMemory(
            false); // a fill per tensor, for what is written anyway
        engine.setBenchmarkCuDNN(kernels == Kernel.SEARCHED);
      }
    }
  }

  /** The CUDA devices that this process sees, a line of words for each. */
  public static List<String> cudaDevices() {
    List<String> lines = new ArrayList<>();
    int count = torch.cuda_is_available() ? torch.cuda_device_count() : 0;
    for (int index = 0; index < count; index++) {
      lines.add(inWords(index, Cuda.facts(index)));
    }
    return lines;
  }

  static String inWords(int index, Cuda.Facts facts) {
    return "cuda:%d: %s, %d GiB, compute capability %d.%d, %s"
        .formatted(
            index,
            facts.name(),
            facts.memory() >> 30,
            facts.major(),
            facts.minor(),
            facts.major() >= Cuda.AMPERE ? "bf16 in hardware" : "no bf16: auto is float32");
  }

  public boolean cuda() {
    return device.is_cuda();
  }

  /** One line for people: {@code "cpu, float32, 2 threads"}. */
  public String describe() {
    return (cuda() ? onCuda(device.index(), Cuda.facts(device.index())) : "cpu, " + precision())
        + (threads == 1 ? ", 1 thread" : ", " + threads + " threads");
  }

  /** The device, its precision and all that was decided for it. */
  String onCuda(int index, Cuda.Facts facts) {
    return "cuda:%d (%s, compute capability %d.%d), %s, TF32 off, %s, kernels %s, graphs %s"
        .formatted(
            index,
            facts.name(),
            facts.major(),
            facts.minor(),
            precision(),
            layout.key(),
            kernels.name().toLowerCase(Locale.ROOT),
            graphs ? ComputeConfig.AUTO : "off");
  }

  private String precision() {
    return bf16 ? "bf16 autocast" : "float32";
  }

  /** Most bytes that tensors have taken on the device at once; null where that is the CPU. */
  public Long peakDeviceBytes() {
    return cuda() ? Cuda.peakBytes(device.index()) : null;
  }

  /** Begins a new peak for {@link #peakBytes}. */
  public void resetPeak() {
    if (cuda()) {
      Cuda.resetPeak(device.index());
    } else {
      HostMemory.resetPeak();
    }
  }

  /**
   * Most bytes taken at once since {@link #resetPeak}: by tensors on a CUDA device, else by the
   * process.
   */
  public long peakBytes() {
    return cuda() ? Cuda.peakBytes(device.index()) : HostMemory.peakBytes();
  }

  /** Bytes that tensors, or on a CPU the process, could take at most: those taken included. */
  public long availableBytes() {
    return cuda() ? Cuda.availableBytes(device.index()) : HostMemory.availableBytes();
  }

  /**
   * Puts a network on the device and into the layout, in place. Integer buffers keep their type.
   */
  public void place(Parameterized network) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      network.parameters().values().forEach(this::place);
      network.buffers().values().forEach(this::place);
      network.lieAs(layout);
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
    return layout.channelsLast() ? tensor.contiguous(torch.MemoryFormat.ChannelsLast) : tensor;
  }

  /**
   * Starts the precision of this device for forward passes on this thread; nothing where it is
   * float32. Close it before the backward pass and before losses are computed.
   */
  public Autocast autocast() {
    return Autocast.of(bf16, device);
  }

  /** A region of code under autocast; on close the thread is as it was before. */
  public static final class Autocast implements AutoCloseable {
    private final torch.DeviceType type;
    private final boolean before;
    private final torch.ScalarType typeBefore;

    private Autocast(torch.DeviceType type, boolean on) {
      this.type = type;
      this.before = torch.is_autocast_enabled(type);
      this.typeBefore = torch.get_autocast_dtype(type);
      torch.set_autocast_dtype(type, on ? torch.ScalarType.BFloat16 : typeBefore);
      torch.set_autocast_enabled(type, on);
    }

    /** To bfloat16 where {@code on}; else null, which a {@code try} takes for no region at all. */
    public static Autocast of(boolean on, Device device) {
      return on ? new Autocast(type(device), true) : null;
    }

    /** Off, whatever region this is in. */
    public static Autocast off(Device device) {
      return new Autocast(type(device), false);
    }

    private static torch.DeviceType type(Device device) {
      return device.is_cuda() ? torch.DeviceType.CUDA : torch.DeviceType.CPU;
    }

    @Override
    public void close() {
      torch.set_autocast_enabled(type, before);
      torch.set_autocast_dtype(type, typeBefore);
      if (!before) {
        torch.clear_cache(); // the weights' casts of the outermost region
      }
    }
  }

  /** Physical cores that this process may use: two hyper-threads of one core count once. */
  public static int physicalCores() {
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
