package io.winnow.cli;

import static java.util.stream.Collectors.joining;

import io.winnow.tensor.Compute;
import io.winnow.tensor.ComputeConfig;
import io.winnow.tensor.Convolutions;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.openblas.global.openblas_full;
import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.global.torch;

/** What the engine finds on this machine, one line per finding. */
final class NativeCheck {
  private static final String NCCL = "libnccl.so.2";

  /** Libraries that the engine's GPU build opens, in the order in which they are needed. */
  private static final List<String> CUDA_LIBRARIES =
      List.of(
          "libcudart.so.13",
          "libcublas.so.13",
          "libcublasLt.so.13",
          "libcudnn.so.9",
          "libcufft.so.12",
          "libcurand.so.10",
          "libcusparse.so.12",
          "libcusolver.so.12",
          "libcupti.so.13",
          "libcufile.so.0",
          NCCL);

  private static final String DRIVER = "/proc/driver/nvidia/version";

  /** The first that serves CUDA 13. */
  private static final int FIRST_DRIVER = 580;

  private static final String DRIVER_ADVICE =
      "Install one that serves CUDA 13 (" + FIRST_DRIVER + " or newer).";

  private static final List<String> BLAS_SETTINGS =
      List.of("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE");

  /** What {@code blas_get_vendor} calls MKL; it knows OpenBLAS only after its threads were set. */
  private static final int MKL = 3;

  private static final List<String> LIBRARY_FOLDERS =
      List.of(
          "/usr/local/cuda/lib64",
          "/usr/local/cuda/targets/x86_64-linux/lib",
          "/usr/local/cuda/extras/CUPTI/lib64",
          "/usr/lib/x86_64-linux-gnu",
          "/usr/lib64",
          "/usr/lib",
          "/lib/x86_64-linux-gnu");

  /**
   * One finding.
   *
   * @param name what was looked at
   * @param value what was found
   * @param ok false when something has to be done
   * @param advice what to do; empty when nothing
   */
  record Finding(String name, String value, boolean ok, String advice) {
    static Finding fine(String name, String value) {
      return new Finding(name, value, true, "");
    }
  }

  private NativeCheck() {}

  static List<Finding> run() {
    List<Finding> all = new ArrayList<>();
    all.add(
        Finding.fine(
            "java",
            Runtime.version() + " at " + System.getProperty("java.home") + " on " + platform()));
    all.add(memory());
    all.add(cache());
    Finding engine = engine();
    all.add(engine);
    if (engine.ok()) {
      all.add(convolutions());
      all.add(blas());
      all.addAll(blasSettings(System.getenv()));
      all.add(threads());
    }
    all.addAll(cuda(engine.ok()));
    return all;
  }

  private static String platform() {
    return System.getProperty("os.name") + " " + System.getProperty("os.arch");
  }

  private static Finding memory() {
    long heap = Runtime.getRuntime().maxMemory() >> 20;
    long limit = org.bytedeco.javacpp.Pointer.maxPhysicalBytes() >> 20;
    return Finding.fine(
        "memory",
        "Java heap up to "
            + heap
            + " MiB; process up to "
            + (limit == 0 ? "any size" : limit + " MiB (safety net for native memory)"));
  }

  private static Finding cache() {
    try {
      File folder = Loader.getCacheDir();
      return Finding.fine("native cache", folder + " (the engine's libraries are unpacked there)");
    } catch (IOException e) {
      return new Finding(
          "native cache",
          "cannot be written: " + e.getMessage(),
          false,
          "Set WINNOW_JAVA=-Dorg.bytedeco.javacpp.cachedir=FOLDER to a folder with 1 GB free.");
    }
  }

  private static Finding engine() {
    try {
      Loader.load(torch.class);
      try (var config = torch.show_config()) {
        return Finding.fine("LibTorch", inWords(config.getString()));
      }
    } catch (LinkageError e) {
      String missing = missingLibrary(e.getMessage());
      return new Finding(
          "LibTorch",
          "could not be loaded: " + (missing.isEmpty() ? e.getMessage() : missing + " is missing"),
          false,
          missing.isEmpty()
              ? "Is there a build of the engine for " + platform() + "? See README, install."
              : adviceFor(missing));
    }
  }

  /** Version and kernels out of what the engine says about its build. */
  static String inWords(String config) {
    List<String> words = new ArrayList<>();
    find("TORCH_VERSION=([^,\\s]+)", config).ifPresent(words::add);
    find("CPU capability usage: (\\S+)", config).ifPresent(c -> words.add("CPU kernels for " + c));
    find("MKL-DNN v(\\S+)", config).ifPresent(v -> words.add("oneDNN " + v));
    find("OpenMP (\\d+)", config).ifPresent(v -> words.add("OpenMP"));
    return words.isEmpty() ? "loaded" : String.join(", ", words);
  }

  private static Optional<String> find(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  private static Finding convolutions() {
    return Finding.fine(
        "convolutions",
        Convolutions.sound()
            ? "tried, oneDNN's kernels are right on this processor"
            : "tried, oneDNN's kernels are wrong on this processor for pointwise and narrow layers,"
                + " which are computed as products of matrices instead");
  }

  private static Finding blas() {
    if (openblas.blas_get_vendor() == MKL) {
      return Finding.fine("BLAS", "MKL");
    }
    try {
      return Finding.fine(
          "BLAS",
          blasInWords(
              openblas_full.openblas_get_config().getString(),
              openblas_full.openblas_get_corename().getString()));
    } catch (LinkageError e) {
      return Finding.fine("BLAS", "there, but it does not say which (" + e.getMessage() + ")");
    }
  }

  /** Out of "OpenBLAS 0.3.31 DYNAMIC_ARCH NO_AFFINITY SkylakeX MAX_THREADS=64". */
  static String blasInWords(String config, String core) {
    return find("^(OpenBLAS [0-9.]+)", config).orElse("OpenBLAS")
        + ", kernels for "
        + core
        + "; one thread beside the engine's own, all of them for large decompositions";
  }

  /** What the environment tells the BLAS about the processor, right or wrong. */
  static List<Finding> blasSettings(Map<String, String> environment) {
    return BLAS_SETTINGS.stream()
        .filter(environment::containsKey)
        .map(
            name ->
                Finding.fine(
                    "BLAS",
                    name
                        + "="
                        + environment.get(name)
                        + " is set: it decides the kernels, and thereby the last bits of results"))
        .toList();
  }

  /** What a run takes, as the engine's own default is not what Winnow uses. */
  private static Finding threads() {
    int physical = Compute.of(new ComputeConfig("cpu", "auto", "physical")).threads();
    return Finding.fine(
        "threads", threadsInWords(physical, Runtime.getRuntime().availableProcessors()));
  }

  static String threadsInWords(int physical, int processors) {
    return "a run uses %d, one per physical core (compute.threads or --threads: physical), of %d processor%s"
        .formatted(physical, processors, processors == 1 ? "" : "s");
  }

  private static List<Finding> cuda(boolean engineLoaded) {
    boolean gpuBuild =
        NativeCheck.class.getResource("/org/bytedeco/pytorch/linux-x86_64-gpu") != null
            || NativeCheck.class.getResource("/org/bytedeco/pytorch/windows-x86_64-gpu") != null;
    boolean driver = Files.exists(Path.of("/dev/nvidiactl"));
    if (!gpuBuild) {
      return List.of(
          Finding.fine(
              "CUDA",
              driver
                  ? "an NVIDIA driver is here, but this is the CPU build; WINNOW_MAVEN=-Pcuda"
                      + " selects the GPU build"
                  : "not used: no NVIDIA driver on this machine, and this is the CPU build"));
    }
    if (engineLoaded && torch.cuda_is_available()) {
      return cudaInUse();
    }
    return unused(driver, linesOf(Path.of(DRIVER)), NativeCheck::found);
  }

  /**
   * Why the GPU build does not use CUDA.
   *
   * @param driver whether there is one
   * @param version what it says of itself
   * @param found whether a library is there
   */
  static List<Finding> unused(boolean driver, List<String> version, Predicate<String> found) {
    List<Finding> all = new ArrayList<>();
    Optional<String> major = find("^(\\d+)\\.", driverInWords(version));
    if (!driver) {
      all.add(new Finding("CUDA", "no NVIDIA driver", false, DRIVER_ADVICE));
    } else if (major.isPresent() && Integer.parseInt(major.get()) < FIRST_DRIVER) {
      String old = "the driver, " + driverInWords(version) + ", is older than the build";
      all.add(new Finding("CUDA", old, false, DRIVER_ADVICE));
    }
    CUDA_LIBRARIES.stream()
        .filter(library -> !found.test(library))
        .findFirst()
        .ifPresent(l -> all.add(new Finding("CUDA", l + " is missing", false, adviceFor(l))));
    if (all.isEmpty()) {
      all.add(
          new Finding(
              "CUDA",
              "driver and libraries are there, but the engine sees no device",
              false,
              "Look at nvidia-smi, and at CUDA_VISIBLE_DEVICES: it may hide them."));
    }
    return all;
  }

  private static List<Finding> cudaInUse() {
    List<Finding> all = new ArrayList<>();
    Compute.cudaDevices().forEach(line -> all.add(Finding.fine("CUDA", line)));
    all.add(Finding.fine("CUDA driver", driverInWords(linesOf(Path.of(DRIVER)))));
    try (var engine = torch.globalContext()) {
      all.add(Finding.fine("cuDNN", cudnnInWords(Context.versionRuntimeCuDNN())));
      List<String> attention = new ArrayList<>();
      addIf(attention, engine.userEnabledFlashSDP(), "flash");
      addIf(attention, engine.userEnabledMemEfficientSDP(), "memory-efficient");
      addIf(attention, engine.userEnabledCuDNNSDP(), "cuDNN");
      addIf(attention, engine.userEnabledMathSDP(), "plain");
      all.add(Finding.fine("attention", String.join(", ", attention) + " kernels are on"));
    }
    all.add(
        found(NCCL)
            ? Finding.fine("NCCL", NCCL + " found")
            : new Finding("NCCL", NCCL + " is missing", false, adviceFor(NCCL)));
    mixed(linesOf(Path.of("/proc/self/maps"))).ifPresent(all::add);
    return all;
  }

  private static void addIf(List<String> words, boolean on, String word) {
    if (on) {
      words.add(word);
    }
  }

  /** Out of "NVRM version: NVIDIA UNIX x86_64 Kernel Module 580.65.06 Sun Jul 27 ...". */
  static String driverInWords(List<String> lines) {
    return lines.stream()
        .flatMap(line -> find("Module.*?\\s(\\d+\\.[\\d.]+)\\s", line).stream())
        .findFirst()
        .orElse("there, but it does not say which version");
  }

  /** 91900 is 9.19.0. */
  static String cudnnInWords(long version) {
    return "%d.%d.%d".formatted(version / 10000, version / 100 % 100, version % 100);
  }

  /**
   * Libraries of CUDA that a process has loaded from two files: two versions beside each other.
   *
   * @param maps lines of {@code /proc/self/maps}
   */
  static Optional<Finding> mixed(List<String> maps) {
    Map<String, Set<String>> files = new TreeMap<>();
    for (String line : maps) {
      int slash = line.indexOf('/');
      String path = slash < 0 ? "" : line.substring(slash).strip();
      String name = path.substring(path.lastIndexOf('/') + 1);
      String library = name.contains(".so") ? name.substring(0, name.indexOf(".so")) : "";
      if (CUDA_LIBRARIES.stream().anyMatch(known -> known.startsWith(library + ".so"))) {
        files.computeIfAbsent(library, l -> new TreeSet<>()).add(path);
      }
    }
    files.values().removeIf(paths -> paths.size() < 2);
    return files.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Finding(
                "CUDA",
                "loaded twice: "
                    + files.values().stream()
                        .map(p -> String.join(" and ", p))
                        .collect(joining("; ")),
                false,
                "Keep one CUDA on LD_LIBRARY_PATH, or name its folder by WINNOW_JAVA="
                    + "-Dorg.bytedeco.javacpp.platform.preloadpath=FOLDER."));
  }

  private static List<String> linesOf(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }

  private static String adviceFor(String library) {
    String from =
        library.contains("cudnn")
            ? "cuDNN 9 for CUDA 13"
            : library.contains("nccl") ? "NCCL 2 for CUDA 13" : "the CUDA 13 toolkit";
    return "Install " + from + ", or add the folder that holds it to LD_LIBRARY_PATH.";
  }

  /** The name in "libcudnn.so.9: cannot open shared object file". */
  private static String missingLibrary(String message) {
    if (message == null) {
      return "";
    }
    int end = message.indexOf(": cannot open shared object file");
    if (end < 0) {
      return "";
    }
    return message.substring(message.lastIndexOf(' ', end) + 1, end);
  }

  private static boolean found(String library) {
    String path = System.getenv().getOrDefault("LD_LIBRARY_PATH", "");
    return Stream.concat(Stream.of(path.split(File.pathSeparator)), LIBRARY_FOLDERS.stream())
        .filter(folder -> !folder.isBlank())
        .anyMatch(folder -> Files.exists(Path.of(folder, library)));
  }
}
