package io.winnow.model.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.DiffusersJson;
import io.winnow.diffusion.Guided;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class UNet2dConditionTest {
  private static final int WIDTH = 6;

  private static Tensor latents(long height, long width) {
    return RandomStreams.of(1).normal(new long[] {3, 4, height, width}, "latents");
  }

  private static Condition prompts(long count) {
    Tensor states = RandomStreams.of(2).normal(new long[] {count, 5, WIDTH}, "states");
    Tensor none = RandomStreams.of(3).normal(new long[] {1, 5, WIDTH}, "none");
    return Condition.ofPrompts(states, none);
  }

  private static Tensor times(long... times) {
    return Tensors.of(times, times.length);
  }

  private static void assertClose(Tensor ours, Tensor expected) {
    double[] a = Tensors.doubles(ours);
    double[] b = Tensors.doubles(expected);
    assertThat(a).hasSameSizeAs(b);
    for (int i = 0; i < a.length; i++) {
      assertThat(a[i]).isCloseTo(b[i], within(1e-5));
    }
  }

  @Test
  void predict_latentInAnyBatch_isTheSame() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      for (boolean linear : new boolean[] {false, true}) {
        UNet2dCondition net = TinyCondition.network(WIDTH, linear);
        Tensor x = latents(8, 8);
        Tensor all = net.predict(x, times(3, 500, 999), prompts(3)).value();
        Tensor alone = net.predict(x.narrow(0, 1, 1), times(500), prompts(3).narrow(1, 1)).value();
        assertClose(alone, all.narrow(0, 1, 1));
      }
    }
  }

  @Test
  void predict_inEitherLayoutOfMemory_isTheSame() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      UNet2dCondition net = TinyCondition.network(WIDTH, false);
      Tensor plain = net.predict(latents(8, 8), times(7), prompts(3)).value();
      net.channelsLast();
      assertClose(net.predict(latents(8, 8), times(7), prompts(3)).value(), plain);
    }
  }

  @Test
  void predict_latentOfOddSides_keepsTheSize() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      UNet2dCondition net = TinyCondition.network(WIDTH, false);
      assertThat(net.predict(latents(7, 9), times(7), prompts(3)).value().shape())
          .containsExactly(3, 4, 7, 9);
    }
  }

  @Test
  void predict_projectionsAsLinearOrConvolution_areTheSameMap() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      UNet2dCondition convolutions = TinyCondition.network(WIDTH, false);
      UNet2dCondition linear = TinyCondition.network(WIDTH, true);
      Map<String, Tensor> from = convolutions.state();
      linear.state().forEach((key, to) -> to.copy_(from.get(key).reshape(to.shape())));
      assertClose(
          linear.predict(latents(8, 8), times(9), prompts(3)).value(),
          convolutions.predict(latents(8, 8), times(9), prompts(3)).value());
    }
  }

  @Test
  void predict_anotherText_isAnotherPrediction() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      UNet2dCondition net = TinyCondition.network(WIDTH, false);
      Tensor with = net.predict(latents(8, 8), times(7), prompts(3)).value();
      Tensor without = net.predict(latents(8, 8), times(7), prompts(3).withoutClass(0)).value();
      assertThat(with.sub(without).abs().max().item_double()).isGreaterThan(1e-4);
    }
  }

  @Test
  void guided_byPrompts_isTheCombinationOfBothPasses() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      UNet2dCondition net = TinyCondition.network(WIDTH, false);
      Tensor x = latents(8, 8);
      Tensor cond = net.predict(x, times(7), prompts(3)).value();
      Tensor uncond = net.predict(x, times(7), prompts(3).withoutClass(0)).value();
      Tensor expected = uncond.add(cond.sub(uncond).mul(new Scalar(5.0)));
      assertClose(Guided.byPrompts(net, 4).predict(x, times(7), prompts(3)).value(), expected);
    }
  }

  @Test
  void predict_conditionThatDoesNotFit_isRefused() {
    UNet2dCondition net = TinyCondition.network(WIDTH + 1, false);
    assertThatThrownBy(() -> net.predict(latents(8, 8), times(7), Condition.none()).value())
        .hasMessage(
            "UNet2dCondition condition: None, expected prompts, one per latent. Encode the class"
                + " names as texts.");
    assertThatThrownBy(() -> net.predict(latents(8, 8), times(7), prompts(3)).value())
        .hasMessage("UNet2dCondition prompts: shape [3, 5, 6], expected [3, *, 7]");
  }

  @Test
  void json_ofAConfig_isReadBack() {
    UNet2dConditionConfig config = TinyCondition.config(WIDTH, true);
    ObjectNode json = UNet2dConditionJson.write(config);
    assertThat(UNet2dConditionJson.read(new DiffusersJson("unet", json))).isEqualTo(config);
    assertThat(json.get("layers_per_block").asInt()).isEqualTo(1);
    assertThat(json.get("attention_head_dim").toString()).isEqualTo("[2,4]");
  }

  @Test
  void read_absentKeys_takeTheDefaultsOfTheClass() {
    UNet2dConditionConfig config =
        UNet2dConditionJson.read(new DiffusersJson("unet", JsonNodeFactory.instance.objectNode()));
    assertThat(config.blockOutChannels()).containsExactly(320, 640, 1280, 1280);
    assertThat(config.downCross()).containsExactly(true, true, true, false);
    assertThat(config.upCross()).containsExactly(false, true, true, true);
    assertThat(config.heads()).containsOnly(8);
    assertThat(config.crossAttentionDim()).containsOnly(1280);
    assertThat(config.flipSinToCos()).isTrue();
    assertThat(config.freqShift()).isZero();
    assertThat(config.normEps()).isEqualTo(1e-5);
    assertThat(config.sampleHeight()).isNull();
  }

  @Test
  void read_anotherNetwork_isRefusedWithEveryProblem() {
    ObjectNode json = UNet2dConditionJson.write(TinyCondition.config(WIDTH, false));
    json.put("class_embed_type", "timestep");
    json.put("only_cross_attention", true);
    json.putArray("up_block_types").add("UpBlock2D").add("SimpleCrossAttnUpBlock2D");
    assertThatThrownBy(() -> UNet2dConditionJson.read(new DiffusersJson("unet", json)))
        .hasMessageContaining("unet class_embed_type: \"timestep\" is not supported; expected null")
        .hasMessageContaining("unet only_cross_attention: true is not supported; expected false")
        .hasMessageContaining("SimpleCrossAttnUpBlock2D is not supported");
    ObjectNode heads = UNet2dConditionJson.write(TinyCondition.config(WIDTH, false));
    heads.put("attention_head_dim", 3);
    assertThatThrownBy(() -> UNet2dConditionJson.read(new DiffusersJson("unet", heads)))
        .hasMessage("attention_head_dim is 3 heads, but must divide the 16 channels of its level");
  }

  /** Alone, as a damaged file may say it: the levels of all other keys are then the peer's. */
  @Test
  void json_withoutALevel_orWithThreeSides_isRefusedByKey() {
    ObjectNode empty = JsonNodeFactory.instance.objectNode();
    empty.putArray("block_out_channels");
    assertThatThrownBy(() -> UNet2dConditionJson.read(new DiffusersJson("unet", empty)))
        .hasMessage("block_out_channels is empty, but needs one entry per level");
    ObjectNode sides = UNet2dConditionJson.write(TinyCondition.config(WIDTH, false));
    sides.putArray("sample_size").add(8).add(8).add(8);
    assertThatThrownBy(() -> UNet2dConditionJson.read(new DiffusersJson("unet", sides)))
        .hasMessageContaining("sample_size: [8, 8, 8]; expected one side or [height, width]");
  }

  @Test
  void network_ofSeveralTransformersPerLevel_namesThemAll() {
    UNet2dConditionConfig tiny = TinyCondition.config(WIDTH, false);
    ObjectNode json = UNet2dConditionJson.write(tiny);
    json.putArray("transformer_layers_per_block").add(2).add(3);
    json.putArray("layers_per_block").add(2).add(1);
    UNet2dCondition net =
        new UNet2dCondition(UNet2dConditionJson.read(new DiffusersJson("unet", json)));
    assertThat(net.state())
        .containsKey("down_blocks.0.attentions.1.transformer_blocks.1.attn2.to_k.weight")
        .containsKey("mid_block.attentions.0.transformer_blocks.2.ff.net.2.bias")
        .containsKey("up_blocks.1.attentions.2.transformer_blocks.1.norm3.weight")
        .containsKey("up_blocks.0.resnets.1.conv1.weight")
        .doesNotContainKey("up_blocks.0.resnets.2.conv1.weight");
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      net.initAsTorch(1);
      assertThat(net.predict(latents(8, 8), times(7), prompts(3)).value().shape())
          .containsExactly(3, 4, 8, 8);
    }
  }

  @Test
  void sameShape_isThatOfAllButDropout() {
    UNet2dConditionConfig tiny = TinyCondition.config(WIDTH, false);
    UNet2dCondition net = new UNet2dCondition(tiny);
    assertThat(net.sameShape(new UNet2dCondition(tiny.withDropout(0.7)))).isTrue();
    assertThat(net.sameShape(new UNet2dCondition(TinyCondition.config(WIDTH, true)))).isFalse();
  }

  @Test
  void trainingStep_inAScope_leavesNoPointers() {
    UNet2dCondition net = TinyCondition.network(WIDTH, false);
    net.train(true);
    Tensor x = Scope.immortal(latents(8, 8));
    Tensor t = Scope.immortal(times(3, 4, 5));
    Condition prompts = prompts(3).map(Scope::immortal);
    step(net, x, t, prompts);
    long before = Pointer.totalCount();
    step(net, x, t, prompts);
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
    List<String> without =
        net.parameters().entrySet().stream()
            .filter(e -> !e.getValue().grad().defined())
            .map(Map.Entry::getKey)
            .toList();
    assertThat(without).isEmpty();
  }

  private static void step(UNet2dCondition net, Tensor x, Tensor t, Condition prompts) {
    try (Scope scope = Scope.open()) {
      net.predict(x, t, prompts).value().square().mean().backward();
    }
  }
}
