package io.winnow.nn;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.tensor.Compute;
import io.winnow.tensor.Layout;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a layout decides once a network is placed: how weights and images lie, which norm. */
class PlacedLayerTest {
  /** A convolution and, one level further down, a norm of whole vectors of channels. */
  private static final class Block extends Layer {
    final Inner inner = child("inner", new Inner());

    Block() {
      child("conv", new Conv2d(3, 8, 3, 1, 1, true));
    }
  }

  private static final class Inner extends Layer {
    final GroupNorm norm = child("norm", new GroupNorm(1, 8, 1e-5));
  }

  private static Compute compute(Layout layout) {
    return new Compute(
        Compute.plainCpu().device(), false, 1, layout, Compute.Kernel.DETERMINISTIC, false);
  }

  private static boolean channelsLast(Tensor tensor) {
    return tensor.is_contiguous(torch.MemoryFormat.ChannelsLast) && !tensor.is_contiguous();
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void weightsAndImages_lieAsTheLayoutSays(Layout layout) {
    try (Scope scope = Scope.open()) {
      Block block = new Block();
      compute(layout).place(block);
      boolean last = layout != Layout.NCHW;
      Tensor images = compute(layout).images(torch.ones(2, 3, 5, 4));
      assertThat(channelsLast(block.parameters().get("conv.weight"))).isEqualTo(last);
      assertThat(channelsLast(images)).isEqualTo(last);
    }
  }

  /** The two forms of a norm differ in the last bits, and so tell which one was taken. */
  @ParameterizedTest
  @EnumSource(Layout.class)
  void norms_areBySums_inThatLayoutAlone_andBackAgain(Layout layout) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor x = RandomStreams.of(1).normal(new long[] {2, 8, 33, 31}, "x");
      Tensor images = x.contiguous(torch.MemoryFormat.ChannelsLast);
      GroupNorm plain = new GroupNorm(1, 8, 1e-5);
      float[] kernel = Tensors.floats(plain.forward(images));
      float[] sums = Tensors.floats(plain.inType(images));
      assertThat(sums).isNotEqualTo(kernel);
      Block block = new Block();
      compute(layout).place(block);
      assertThat(Tensors.floats(block.inner.norm.forward(images)))
          .isEqualTo(layout == Layout.CHANNELS_LAST_SUMS ? sums : kernel);
      compute(Layout.CHANNELS_LAST).place(block);
      assertThat(Tensors.floats(block.inner.norm.forward(images))).isEqualTo(kernel);
    }
  }

  @Test
  void norms_ofTokens_areTheEnginesInEveryLayout() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor x = RandomStreams.of(1).normal(new long[] {2, 8, 33}, "x");
      Block block = new Block();
      float[] before = Tensors.floats(block.inner.norm.forward(x));
      compute(Layout.CHANNELS_LAST_SUMS).place(block);
      assertThat(Tensors.floats(block.inner.norm.forward(x))).isEqualTo(before);
    }
  }
}
