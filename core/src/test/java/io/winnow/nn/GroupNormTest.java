package io.winnow.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class GroupNormTest {
  /** 6 channels in 2 groups: the width that the engine's NHWC kernel is slow at. */
  @Test
  void forwardAndBackward_inEitherLayout_agree() {
    try (Scope scope = Scope.open()) {
      float[][] plain = outputAndGradients(false);
      float[][] channelsLast = outputAndGradients(true);
      for (int k = 0; k < plain.length; k++) {
        for (int i = 0; i < plain[k].length; i++) {
          assertThat(channelsLast[k][i]).isCloseTo(plain[k][i], within(2e-5f));
        }
      }
    }
  }

  private static float[][] outputAndGradients(boolean channelsLast) {
    Tensor x = RandomStreams.of(1).normal(new long[] {2, 6, 5, 4}, "x");
    Tensor direction = RandomStreams.of(1).normal(new long[] {2, 6, 5, 4}, "direction");
    if (channelsLast) {
      x = x.contiguous(torch.MemoryFormat.ChannelsLast);
    }
    x.set_requires_grad(true);
    GroupNorm norm = new GroupNorm(2, 6, 1e-5);
    Tensor y = norm.forward(x);
    y.mul(direction).sum().backward();
    return new float[][] {
      Tensors.floats(y),
      Tensors.floats(x.grad()),
      Tensors.floats(norm.parameters().get("weight").grad()),
      Tensors.floats(norm.parameters().get("bias").grad())
    };
  }

  @Test
  void forward_constantInput_isFinite() {
    try (Scope scope = Scope.open()) {
      Tensor x = torch.ones(1, 6, 5, 4).contiguous(torch.MemoryFormat.ChannelsLast);
      for (float value : Tensors.floats(new GroupNorm(2, 6, 1e-6).forward(x))) {
        assertThat(value).isCloseTo(0f, within(1e-3f));
      }
    }
  }

  /**
   * bfloat16 in and out, statistics in float32: beside the norm of the same values in float32 at
   * most four roundings of 2^-9 of what is added up, forward; 2 % of the largest gradient,
   * backward.
   */
  @Test
  void inType_bf16_staysNearTheFloat32Norm() {
    try (Scope scope = Scope.open()) {
      Tensor values = RandomStreams.of(2).normal(new long[] {3, 8, 16, 16}, "x");
      Tensor x = values.mul(new Scalar(3)).add(new Scalar(5)).to(torch.ScalarType.BFloat16);
      Tensor direction = RandomStreams.of(2).normal(new long[] {3, 8, 16, 16}, "direction");
      Tensor wide = x.to(torch.ScalarType.Float).set_requires_grad(true);
      Tensor narrow =
          x.contiguous(torch.MemoryFormat.ChannelsLast).detach().set_requires_grad(true);
      GroupNorm norm = new GroupNorm(2, 8, 1e-5);
      Tensor expected = torch.silu(norm.forward(wide));
      expected.mul(direction).sum().backward();
      float[] weight = Tensors.floats(norm.parameters().get("weight").grad());
      norm.parameters().get("weight").mutable_grad().put(new Tensor());
      Tensor ours = torch.silu(norm.inType(narrow));
      assertThat(ours.scalar_type().intern()).isEqualTo(torch.ScalarType.BFloat16);
      assertThat(ours.is_contiguous(torch.MemoryFormat.ChannelsLast)).isTrue();
      ours.to(torch.ScalarType.Float).mul(direction).sum().backward();
      assertNear(Tensors.floats(ours), Tensors.floats(expected), 4 / 512f * 5);
      assertNear(Tensors.floats(narrow.grad()), Tensors.floats(wide.grad()), 0.02f);
      assertNear(Tensors.floats(norm.parameters().get("weight").grad()), weight, 2f);
    }
  }

  /** In float32 it is the engine's norm but for the order of sums. */
  @Test
  void inType_float32_isTheNorm() {
    try (Scope scope = Scope.open()) {
      Tensor x = RandomStreams.of(3).normal(new long[] {2, 6, 5, 4}, "x");
      GroupNorm norm = new GroupNorm(2, 6, 1e-5);
      assertNear(Tensors.floats(norm.inType(x)), Tensors.floats(norm.forward(x)), 1e-5f);
    }
  }

  private static void assertNear(float[] ours, float[] expected, float bound) {
    assertThat(ours).containsExactly(expected, within(bound));
  }

  @Test
  void groups_thatDoNotDivide_areRefused() {
    assertThatThrownBy(() -> new GroupNorm(4, 6, 1e-5))
        .hasMessage("GroupNorm: 6 channels, expected a multiple of 4 groups");
  }
}
