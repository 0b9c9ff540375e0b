package io.winnow.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
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

  @Test
  void groups_thatDoNotDivide_areRefused() {
    assertThatThrownBy(() -> new GroupNorm(4, 6, 1e-5))
        .hasMessage("GroupNorm: 6 channels, expected a multiple of 4 groups");
  }
}
