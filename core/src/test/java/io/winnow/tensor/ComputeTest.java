package io.winnow.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

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
        .hasMessage("device is gpu, but must be one of auto, cpu, cuda");
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
}
