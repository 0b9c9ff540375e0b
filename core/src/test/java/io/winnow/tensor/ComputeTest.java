package io.winnow.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class ComputeTest {
  @Test
  void of_autoWithoutCuda_isTheCpuInFloat32() {
    assumeFalse(torch.cuda_is_available(), "this machine has a CUDA device");
    Compute compute = Compute.of(new ComputeConfig("auto", "auto", "physical"));
    assertThat(compute.cuda()).isFalse();
    assertThat(compute.bf16()).isFalse();
    assertThat(compute.threads()).isBetween(1, Runtime.getRuntime().availableProcessors());
    assertThat(compute.describe()).startsWith("cpu, float32, ");
  }

  @Test
  void of_cudaWithoutCuda_saysWhatToDo() {
    assumeFalse(torch.cuda_is_available(), "this machine has a CUDA device");
    assertThatThrownBy(() -> Compute.of(new ComputeConfig("cuda", "auto", "2")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("compute.device: cuda, but this process sees no CUDA device")
        .hasMessageContaining("Use auto or cpu");
  }

  @Test
  void config_unknownValues_areRefused() {
    assertThatThrownBy(() -> new ComputeConfig("gpu", "auto", "2"))
        .hasMessage("device is gpu, but must be one of auto, cpu, cuda, cuda:N (N from 0 on)");
    assertThatThrownBy(() -> new ComputeConfig("cpu", "fp16", "2"))
        .hasMessage("precision is fp16, but must be one of auto, float32, bf16");
    assertThatThrownBy(() -> new ComputeConfig("cpu", "auto", "0"))
        .hasMessageStartingWith("threads is 0, but must be physical or a number");
  }

  @Test
  void autocast_closed_leavesNothingOn() {
    Compute compute = new Compute(Compute.plainCpu().device(), true, 1, false);
    try (Scope scope = Scope.open()) {
      Tensor a = Tensors.of(new float[] {1, 2, 3, 4}, 2, 2);
      try (Compute.Autocast region = compute.autocast()) {
        assertThat(a.matmul(a).scalar_type().intern()).isEqualTo(torch.ScalarType.BFloat16);
      }
      assertThat(a.matmul(a).scalar_type().intern()).isEqualTo(torch.ScalarType.Float);
    }
  }

  @Test
  void cudaIndex_ofEveryName_isThatDeviceOrARefusal() {
    assertThat(Compute.cudaIndex("cpu", 4)).isEqualTo(-1);
    assertThat(Compute.cudaIndex("auto", 0)).isEqualTo(-1);
    assertThat(Compute.cudaIndex("auto", 2)).isZero();
    assertThat(Compute.cudaIndex("cuda", 2)).isZero();
    assertThat(Compute.cudaIndex("cuda:1", 2)).isEqualTo(1);
    assertThatThrownBy(() -> Compute.cudaIndex("cuda:2", 2))
        .hasMessage(
            "compute.device: cuda:2, but this process sees 2 CUDA devices, cuda:0 to cuda:1."
                + " Use one of them.");
    assertThatThrownBy(() -> Compute.cudaIndex("cuda:1", 1))
        .hasMessageContaining("1 CUDA device, cuda:0. Use");
    assertThatThrownBy(() -> Compute.cudaIndex("cuda:0", 0))
        .hasMessageStartingWith("compute.device: cuda:0, but this process sees no CUDA device");
  }

  @Test
  void bf16_isChosen_fromCapability8On() {
    Cuda.Facts old = new Cuda.Facts("T4", 7, 5, 1L << 34);
    Cuda.Facts recent = new Cuda.Facts("H100", 9, 0, 1L << 36);
    assertThat(Compute.bf16("auto", 0, recent)).isTrue();
    assertThat(Compute.bf16("auto", 0, old)).isFalse();
    assertThat(Compute.bf16("auto", -1, null)).isFalse();
    assertThat(Compute.bf16("bf16", -1, null)).isTrue();
    assertThat(Compute.bf16("bf16", 0, recent)).isTrue();
    assertThat(Compute.bf16("float32", 0, recent)).isFalse();
    assertThatThrownBy(() -> Compute.bf16("bf16", 1, old))
        .hasMessageStartingWith(
            "compute.precision: bf16, but cuda:1 (T4) has compute capability 7.5")
        .hasMessageEndingWith("Use float32, or auto, which is float32 there.");
  }

  @Test
  void onCuda_saysAllThatWasDecided() {
    Compute compute =
        new Compute(
            Compute.plainCpu().device(),
            true,
            2,
            Layout.auto(true),
            Compute.Kernel.DETERMINISTIC,
            true);
    assertThat(compute.onCuda(1, new Cuda.Facts("H100", 9, 0, 1L << 36)))
        .isEqualTo(
            "cuda:1 (H100, compute capability 9.0), bf16 autocast, TF32 off, channels-last-sums,"
                + " kernels deterministic, graphs auto");
  }

  @Test
  void config_searchAndDeterministic_excludeEachOther() {
    assertThatThrownBy(() -> new ComputeConfig("cpu", "auto", "2", "auto", true, true, "auto"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "search is true, and deterministic too, but a search picks kernels by their time, so"
                + " that two runs may differ in bits. Set deterministic: false to search.");
    ComputeConfig search = new ComputeConfig("cpu", "auto", "2", "auto", false, true, "auto");
    assertThat(Compute.of(search).kernels()).isEqualTo(Compute.Kernel.SEARCHED);
    ComputeConfig neither = new ComputeConfig("cpu", "auto", "2", "auto", false, false, "auto");
    assertThat(Compute.of(neither).kernels()).isEqualTo(Compute.Kernel.USUAL);
  }

  @Test
  void layout_ofEveryName_isThat() {
    assertThat(Layout.named("auto", false)).isEqualTo(Layout.CHANNELS_LAST);
    assertThat(Layout.named("auto", true)).isEqualTo(Layout.CHANNELS_LAST_SUMS);
    assertThat(Layout.named("channels-last", true)).isEqualTo(Layout.CHANNELS_LAST);
    for (Layout layout : Layout.values()) {
      ComputeConfig config =
          new ComputeConfig("cpu", "auto", "1", layout.key(), true, false, "auto");
      assertThat(Compute.of(config).layout()).isEqualTo(layout);
    }
    assertThatThrownBy(() -> new ComputeConfig("cpu", "auto", "1", "nhwc", true, false, "auto"))
        .hasMessageStartingWith("layout is nhwc, but must be one of auto, nchw, channels-last");
  }

  @Test
  void graphs_onCuda_areRecordedWhereAskedFor() {
    for (boolean graphs : new boolean[] {true, false}) {
      Compute compute =
          new Compute(
              new Device("cuda:1"), true, 1, Layout.NCHW, Compute.Kernel.DETERMINISTIC, graphs);
      GraphRecorder recorder = compute.recorder();
      assertThat(recorder instanceof CudaGraphs).isEqualTo(graphs);
      assertThat(recorder == null).isEqualTo(!graphs);
    }
    assertThat(Compute.graphs("auto", true)).isTrue();
    assertThat(Compute.graphs("off", true)).isFalse();
    assertThat(Compute.graphs("auto", false)).isFalse();
    Compute cpu =
        new Compute(
            Compute.plainCpu().device(), false, 1, Layout.NCHW, Compute.Kernel.DETERMINISTIC, true);
    assertThat(cpu.recorder()).isNull();
  }

  @Test
  void apply_givesTheEngineItsThreads_andTheBlasOne() {
    int before = torch.get_num_threads();
    try {
      for (int threads : new int[] {3, 1, 2}) {
        new Compute(Compute.plainCpu().device(), false, threads, false).apply();
        assertThat(torch.get_num_threads()).isEqualTo(threads);
        assertThat(openblas.blas_get_num_threads()).isEqualTo(1);
        try (BlasThreads lent = BlasThreads.ofEngine()) {
          assertThat(openblas.blas_get_num_threads()).isEqualTo(threads);
        }
        assertThat(openblas.blas_get_num_threads()).isEqualTo(1);
      }
    } finally {
      torch.set_num_threads(before);
    }
  }

  @Test
  void graphs_onTheCpu_areNotRecorded() {
    for (String graphs : new String[] {"auto", "off"}) {
      Compute compute =
          Compute.of(new ComputeConfig("cpu", "auto", "1", "auto", true, false, graphs));
      assertThat(compute.graphs()).isFalse();
      assertThat(compute.recorder()).isNull();
    }
    assertThatThrownBy(() -> new ComputeConfig("cpu", "auto", "1", "auto", true, false, "on"))
        .hasMessage("graphs is on, but must be one of auto, off");
  }

  @Test
  void autocast_within_anotherRegion_leavesThatOneOn() {
    Compute compute = new Compute(Compute.plainCpu().device(), true, 1, false);
    try (Scope scope = Scope.open()) {
      Tensor a = Tensors.of(new float[] {1, 2, 3, 4}, 2, 2);
      try (Compute.Autocast outer = compute.autocast()) {
        try (Compute.Autocast inner = compute.autocast()) {
          assertThat(a.matmul(a).scalar_type().intern()).isEqualTo(torch.ScalarType.BFloat16);
        }
        try (Compute.Autocast off = Compute.Autocast.off(compute.device())) {
          assertThat(a.matmul(a).scalar_type().intern()).isEqualTo(torch.ScalarType.Float);
        }
        assertThat(a.matmul(a).scalar_type().intern()).isEqualTo(torch.ScalarType.BFloat16);
      }
      assertThat(a.matmul(a).scalar_type().intern()).isEqualTo(torch.ScalarType.Float);
    }
  }
}
