package io.winnow.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.openblas.global.openblas_full;
import org.bytedeco.pytorch.global.torch;

/** What the engine finds on this machine, one line per finding. */
final class NativeCheck {
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
          "libnccl.so.2");

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
      all.add(blas());
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

  private static Finding threads() {
    return Finding.fine(
        "threads",
        torch.get_num_threads()
            + " of the engine by default, on "
            + Runtime.getRuntime().availableProcessors()
            + " processors (compute.threads or --threads sets them)");
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
      return List.of(Finding.fine("CUDA", "used: " + torch.cuda_device_count() + " device(s)"));
    }
    List<Finding> all = new ArrayList<>();
    if (!driver) {
      all.add(
          new Finding(
              "CUDA",
              "no NVIDIA driver",
              false,
              "Install one that serves CUDA 13 (580 or newer)."));
    }
    for (String library : CUDA_LIBRARIES) {
      if (!found(library)) {
        all.add(new Finding("CUDA", library + " is missing", false, adviceFor(library)));
        break;
      }
    }
    return all;
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
