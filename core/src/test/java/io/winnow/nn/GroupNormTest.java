package io.winnow.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
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
   * In the input's type, with statistics in float32, then SiLU: beside the exact result at most one
   * and a half roundings of each number that is added up and of the sum, where the derivative of
   * SiLU is below 1.1. A rounding is 2^-9 in bfloat16; in float32 it is 2^-24, and eight are
   * allowed for, as the order of sums counts. Gradients are held in the L2 norm.
   */
  @Test
  void inType_thenSilu_isTheExactOneButForRoundings() {
    assertExact(torch.ScalarType.BFloat16, 0x1p-9, 0x1p-6);
    assertExact(torch.ScalarType.Float, 8 * 0x1p-24, 2e-6);
  }

  private static void assertExact(torch.ScalarType type, double rounding, double gradients) {
    try (Scope scope = Scope.open()) {
      Tensor values = RandomStreams.of(2).normal(new long[] {3, 8, 16, 16}, "x");
      Tensor given = values.mul(new Scalar(3)).add(new Scalar(5)).to(type);
      Tensor direction = RandomStreams.of(2).normal(new long[] {3, 8, 16, 16}, "direction");
      GroupNorm norm = new GroupNorm(2, 8, 1e-5);
      for (String name : List.of("weight", "bias")) {
        Tensor parameter = norm.parameters().get(name);
        parameter.set_data(RandomStreams.of(4).normal(new long[] {8}, name).add(new Scalar(1)));
      }
      Exact exact = new Exact(given, norm);
      exact.out.mul(direction).sum().backward();
      Tensor x = given.contiguous(torch.MemoryFormat.ChannelsLast).set_requires_grad(true);
      Tensor ours = torch.silu(norm.inType(x));
      assertThat(ours.scalar_type().intern()).isEqualTo(type);
      assertThat(ours.is_contiguous(torch.MemoryFormat.ChannelsLast)).isTrue();
      ours.to(torch.ScalarType.Float).mul(direction).sum().backward();
      double[] bound = Tensors.doubles(exact.roundings);
      double[] mine = Tensors.doubles(ours);
      double[] theirs = Tensors.doubles(exact.out);
      double worst = 0;
      for (int i = 0; i < mine.length; i++) {
        worst = Math.max(worst, Math.abs(mine[i] - theirs[i]) / bound[i] / rounding);
      }
      assertThat(worst).as("%s, in roundings", type).isLessThan(1.5);
      assertThat(relative(x.grad(), exact.x.grad())).as("%s x", type).isLessThan(gradients);
      assertThat(relative(norm.parameters().get("weight").grad(), exact.weight.grad()))
          .as("%s weight", type)
          .isLessThan(gradients);
      assertThat(relative(norm.parameters().get("bias").grad(), exact.bias.grad()))
          .as("%s bias", type)
          .isLessThan(gradients);
    }
  }

  /** Norm and SiLU of [3, 8, 16, 16] in 2 groups, in float64. */
  private static final class Exact {
    final Tensor x;
    final Tensor weight;
    final Tensor bias;
    final Tensor out;

    /** What one rounding of every number on the way can change at most, in units of it. */
    final Tensor roundings;

    Exact(Tensor given, GroupNorm norm) {
      x = wide(given);
      weight = wide(norm.parameters().get("weight"));
      bias = wide(norm.parameters().get("bias"));
      Tensor grouped = x.reshape(3, 2, 4 * 256);
      Tensor mean = grouped.mean(new long[] {2}, true, new ScalarTypeOptional()); // [3, 2, 1]
      Tensor variance =
          grouped.sub(mean).square().mean(new long[] {2}, true, new ScalarTypeOptional());
      Tensor scale = variance.add(new Scalar(1e-5)).rsqrt().mul(weight.view(2, 4)); // [3, 2, 4]
      Tensor shift = bias.view(2, 4).sub(mean.mul(scale)).view(3, 8, 1, 1);
      Tensor scaled = x.mul(scale.view(3, 8, 1, 1));
      Tensor normed = scaled.add(shift);
      out = torch.silu(normed);
      Tensor added = scaled.abs().add(shift.abs()).add(normed.abs());
      roundings = added.mul(new Scalar(1.1)).add(out.abs()).mul(new Scalar(1.01)).detach();
    }

    private static Tensor wide(Tensor tensor) {
      return tensor.detach().to(torch.ScalarType.Double).set_requires_grad(true);
    }
  }

  private static double relative(Tensor ours, Tensor exact) {
    Tensor apart = ours.detach().to(torch.ScalarType.Double).sub(exact);
    return apart.norm().item_double() / exact.norm().item_double();
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
