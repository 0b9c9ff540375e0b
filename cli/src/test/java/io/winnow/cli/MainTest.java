package io.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MainTest {
  @Test
  void help_namesEveryCommandAndExitCode() {
    CliRun run = CliRun.of("--help");
    assertThat(run.code()).isEqualTo(ExitCode.DONE);
    assertThat(run.out()).contains("doctor").contains("interrupted with everything saved");
  }

  @Test
  void version_namesWinnowJavaAndEngine() {
    assertThat(CliRun.of("--version").out())
        .contains("winnow ")
        .contains("LibTorch 2.")
        .doesNotContain("${");
  }

  @Test
  void unknownCommand_isTheUsersMistake_withASuggestion() {
    CliRun run = CliRun.of("docter");
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err()).contains("docter").contains("doctor");
  }

  @Test
  void wrongOption_isOneMessage_andWhereToReadOn() {
    CliRun run = CliRun.of("sample", "model", "--sampler", "pndm");
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.err().lines())
        .hasSize(2)
        .anyMatch(line -> line.contains("--sampler") && line.contains("one of ddim, ddpm"))
        .contains("See winnow sample --help.");
  }

  @Test
  void noCommand_isAnsweredWithTheUsage() {
    CliRun run = CliRun.of();
    assertThat(run.code()).isEqualTo(ExitCode.MISTAKE);
    assertThat(run.out()).contains("Usage: winnow").contains("evaluate");
  }

  @Test
  void help_ofEveryCommand_beginsWithWholeSentences() {
    assertThat(CliRun.of("--help").out())
        .contains("up to date.")
        .doesNotContain("up to date;")
        .doesNotContain("up to date,");
    for (String command :
        List.of(
            "run",
            "encode",
            "prune",
            "reweight",
            "train",
            "sample",
            "evaluate",
            "report",
            "inspect",
            "weights",
            "doctor")) {
      assertThat(CliRun.of(command, "--help").code()).as(command).isEqualTo(ExitCode.DONE);
    }
  }

  @Test
  void failures_ofTheMachine_sayWhatHelps() {
    StringWriter err = new StringWriter();
    int memory = Failures.report(new OutOfMemoryError("Java heap space"), new PrintWriter(err));
    int library = Failures.report(new UnsatisfiedLinkError("no torch"), new PrintWriter(err));
    assertThat(List.of(memory, library)).containsOnly(ExitCode.MISTAKE);
    assertThat(err.toString()).contains("train.microBatch", "-Xmx8g", "no torch", "winnow doctor");
  }

  @Test
  void engineAndBlas_areSaidInPlainWords() {
    assertThat(
            NativeCheck.inWords(
                """
                PyTorch built with:
                  - GCC 11.4
                  - Intel(R) MKL-DNN v3.7.1 (Git Hash 8d26)
                  - OpenMP 201511
                  - CPU capability usage: AVX512
                  - Build settings: BLAS_INFO=open, TORCH_VERSION=2.10.0, USE_CUDA=0,
                """))
        .isEqualTo("2.10.0, CPU kernels for AVX512, oneDNN 3.7.1, OpenMP");
    assertThat(NativeCheck.blasInWords("OpenBLAS 0.3.31 DYNAMIC_ARCH MAX_THREADS=64", "SkylakeX"))
        .startsWith("OpenBLAS 0.3.31, kernels for SkylakeX");
  }

  @Test
  void doctor_inWords_saysWhatARunUsesAndWhatTheMachineSets() {
    assertThat(NativeCheck.threadsInWords(1, 2))
        .isEqualTo(
            "a run uses 1, one per physical core (compute.threads or --threads: physical), of 2"
                + " processors");
    assertThat(NativeCheck.blasSettings(Map.of("OPENBLAS_CORETYPE", "Haswell", "HOME", "/")))
        .singleElement()
        .satisfies(f -> assertThat(f.value()).startsWith("OPENBLAS_CORETYPE=Haswell is set"));
    assertThat(NativeCheck.blasSettings(Map.of())).isEmpty();
    assertThat(
            NativeCheck.driverInWords(
                List.of(
                    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 2025")))
        .isEqualTo("580.65.06");
    assertThat(NativeCheck.cudnnInWords(91900)).isEqualTo("9.19.0");
  }

  @Test
  void doctor_ofAGpuBuildThatUsesNone_namesTheReason() {
    List<String> old = List.of("NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue");
    List<String> recent = List.of("NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun");
    assertThat(NativeCheck.unused(false, List.of(), l -> true))
        .singleElement()
        .satisfies(f -> assertThat(f.value()).isEqualTo("no NVIDIA driver"))
        .satisfies(f -> assertThat(f.advice()).contains("580 or newer"));
    assertThat(NativeCheck.unused(true, old, l -> true))
        .singleElement()
        .satisfies(
            f -> assertThat(f.value()).isEqualTo("the driver, 550.54.15, is older than the build"))
        .satisfies(f -> assertThat(f.ok()).isFalse());
    assertThat(NativeCheck.unused(true, recent, l -> !l.startsWith("libcu")))
        .singleElement()
        .satisfies(f -> assertThat(f.value()).isEqualTo("libcudart.so.13 is missing"))
        .satisfies(f -> assertThat(f.advice()).contains("the CUDA 13 toolkit", "LD_LIBRARY_PATH"));
    assertThat(NativeCheck.unused(true, recent, l -> true))
        .singleElement()
        .satisfies(f -> assertThat(f.advice()).contains("CUDA_VISIBLE_DEVICES"));
  }

  @Test
  void doctor_cudaLoadedFromTwoPlaces_isNamed() {
    String one = "7f00-7f01 r-xp 0 08:01 12  /usr/local/cuda/lib64/libcudart.so.13.0.96";
    String again = "7f02-7f03 r--p 0 08:01 12  /usr/local/cuda/lib64/libcudart.so.13.0.96";
    String other = "7f04-7f05 r-xp 0 08:01 13  /opt/torch/lib/libcudart.so.12";
    String blas = "7f06-7f07 r-xp 0 08:01 14  /usr/lib/libcublas.so.13";
    assertThat(NativeCheck.mixed(List.of(one, again, blas, "7f08-7f09 rw-p 0 00:00 0"))).isEmpty();
    assertThat(NativeCheck.mixed(List.of(one, other, blas)))
        .hasValueSatisfying(
            f -> {
              assertThat(f.ok()).isFalse();
              assertThat(f.value())
                  .isEqualTo(
                      "loaded twice: /opt/torch/lib/libcudart.so.12 and"
                          + " /usr/local/cuda/lib64/libcudart.so.13.0.96");
            });
  }

  @Test
  void doctor_onAWorkingMachine_findsTheEngine() {
    CliRun run = CliRun.of("doctor");
    assertThat(run.out()).contains("a run uses ");
    assertThat(run.out()).contains("LibTorch").contains("BLAS").contains("CUDA");
    assertThat(run.out()).doesNotContain("unknown").doesNotContain("Git Hash");
    assertThat(run.code()).isEqualTo(ExitCode.DONE);
  }
}
