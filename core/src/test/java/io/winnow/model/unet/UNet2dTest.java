package io.winnow.model.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.diffusion.Condition;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class UNet2dTest {
  /**
   * Two levels of 8 and 16 channels, attention at the coarser one, 3 classes and the null class.
   */
  static UNet2dConfig tiny(Integer classes) {
    return new UNet2dConfig(
        8,
        8,
        3,
        3,
        false,
        null,
        1,
        false,
        List.of(8, 16),
        List.of(false, true),
        List.of(true, false),
        true,
        1,
        1,
        0,
        0.1,
        null,
        4,
        1e-6,
        classes);
  }

  private static UNet2d net(Integer classes) {
    UNet2d net = new UNet2d(tiny(classes));
    net.initAsTorch(7);
    net.train(false);
    return net;
  }

  private static Tensor images(int count) {
    return RandomStreams.of(1).normal(new long[] {count, 3, 8, 8}, "images");
  }

  @Test
  void parameters_ofThePublishedShape_haveThePublishedCount() {
    assertThat(new UNet2d(UNet2dConfig.ddpmCifar10(null)).parameterCount()).isEqualTo(35_746_307);
  }

  @Test
  void parameters_withTenClassesAndNull_areTheEmbeddingMore() {
    UNet2d net = new UNet2d(UNet2dConfig.ddpmCifar10(10));
    assertThat(net.parameterCount()).isEqualTo(35_751_939);
    assertThat(net.state()).hasSize(329);
    assertThat(net.state().keySet())
        .startsWith("conv_in.weight", "conv_in.bias", "time_embedding.linear_1.weight")
        .endsWith("conv_norm_out.weight", "conv_norm_out.bias", "conv_out.weight", "conv_out.bias");
  }

  /** The numbers are PyTorch's: the same layers built in diffusers' order after manual_seed(7). */
  @Test
  void initAsTorch_seed7_drawsTheWeightsThatPythonDraws() {
    Map<String, Tensor> weights = net(4).parameters();
    assertFirst(weights, "conv_in.weight", 0x1.b875160000000p-7, -0x1.dada280000000p-4);
    assertFirst(weights, "class_embedding.weight", 0x1.2506ac0000000p-4, 0x1.41924e0000000p-1);
    assertFirst(
        weights,
        "mid_block.attentions.0.to_q.weight",
        -0x1.c51ac40000000p-3,
        -0x1.90b7600000000p-6);
    assertFirst(
        weights,
        "up_blocks.1.resnets.1.conv_shortcut.weight",
        -0x1.484a0c0000000p-3,
        0x1.e380400000000p-5);
    assertFirst(weights, "conv_out.weight", 0x1.adc7ee0000000p-8, 0x1.264c100000000p-4);
    assertFirst(weights, "conv_out.bias", 0x1.24d62a0000000p-5, -0x1.dd091c0000000p-6);
  }

  private static void assertFirst(Map<String, Tensor> weights, String key, double... expected) {
    assertThat(Tensors.doubles(weights.get(key))).as(key).startsWith(expected);
  }

  @Test
  void predict_oneTimeForAll_isThatTimeForEach() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      UNet2d net = net(null);
      Tensor xt = images(2);
      Tensor one = net.predict(xt, Tensors.of(new long[] {5}, 1), Condition.none()).value();
      Tensor each = net.predict(xt, Tensors.of(new long[] {5, 5}, 2), Condition.none()).value();
      assertThat(Tensors.floats(one)).containsExactly(Tensors.floats(each));
    }
  }

  @Test
  void predict_imageInAnyBatch_isTheSame() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      UNet2d net = net(4);
      Tensor xt = images(4);
      Tensor t = Tensors.of(new long[] {3, 500, 999, 0}, 4);
      Tensor y = Tensors.of(new long[] {0, 1, 2, 3}, 4);
      float[] all = Tensors.floats(net.predict(xt, t, Condition.ofClasses(y)).value().select(0, 2));
      float[] alone =
          Tensors.floats(
              net.predict(
                      xt.narrow(0, 2, 1), t.narrow(0, 2, 1), Condition.ofClasses(y).narrow(2, 1))
                  .value()
                  .select(0, 0));
      for (int i = 0; i < all.length; i++) {
        assertThat(alone[i]).isCloseTo(all[i], org.assertj.core.api.Assertions.within(1e-5f));
      }
    }
  }

  @Test
  void upBlockOutputs_lastUnit_isWhatTheOutputIsMadeOf() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      UNet2d net = net(null);
      Tensor t = Tensors.of(new long[] {10, 10}, 2);
      Map<Integer, Tensor> outputs =
          net.upBlockOutputs(images(2), t, Condition.none(), Set.of(1, 2, 4));
      assertThat(outputs.keySet()).containsExactly(1, 2, 4);
      assertThat(outputs.get(1).shape()).containsExactly(2, 16, 4, 4);
      assertThat(outputs.get(2).shape()).containsExactly(2, 16, 4, 4);
      assertThat(outputs.get(4).shape()).containsExactly(2, 8, 8, 8);
    }
  }

  @Test
  void upBlockOutputs_unitBeyondTheLast_isRefusedWithTheRange() {
    assertThatThrownBy(() -> net(null).upBlockOutputs(images(1), null, Condition.none(), Set.of(5)))
        .hasMessage("UNet2d out_5: no such unit; the way up has out_1 to out_4");
  }

  @Test
  void predict_labelsThatDoNotBelong_areRefused() {
    Tensor t = Tensors.of(new long[] {1}, 1);
    assertThatThrownBy(() -> net(null).predict(images(1), t, Condition.ofClasses(t)).value())
        .hasMessageContaining("without");
    assertThatThrownBy(() -> net(4).predict(images(1), t, Condition.none()).value())
        .hasMessageContaining("UNet2d y: no labels for a network of 4 classes");
  }

  @Test
  void predict_imageOfOddSide_isRefusedWithTheMultiple() {
    Tensor t = Tensors.of(new long[] {1}, 1);
    Tensor xt = RandomStreams.of(1).normal(new long[] {1, 3, 8, 7}, "images");
    assertThatThrownBy(() -> net(null).predict(xt, t, Condition.none()).value())
        .hasMessage("UNet2d xt: 8 x 7 pixels, expected multiples of 2. Resize the images.");
  }

  @Test
  void trainingStep_inAScope_leavesNoPointers() {
    UNet2d net = net(4);
    net.train(true);
    Tensor xt = Scope.immortal(images(2));
    Tensor t = Scope.immortal(Tensors.of(new long[] {3, 500}, 2));
    Tensor y = Scope.immortal(Tensors.of(new long[] {0, 3}, 2));
    step(net, xt, t, y);
    long before = Pointer.totalCount();
    for (int i = 0; i < 3; i++) {
      step(net, xt, t, y);
    }
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
    assertThat(net.parameters().get("conv_in.weight").grad().defined()).isTrue();
  }

  private static void step(UNet2d net, Tensor xt, Tensor t, Tensor y) {
    try (Scope scope = Scope.open()) {
      net.predict(xt, t, Condition.ofClasses(y)).value().square().mean().backward();
    }
  }
}
