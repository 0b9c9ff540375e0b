package io.winnow.model.mdt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.diffusion.Condition;
import io.winnow.diffusion.Outputs;
import io.winnow.diffusion.TokenMask;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MdtTest {
  private static MdtConfig tiny(MdtVersion version, Double maskRatio, boolean learnSigma) {
    return new MdtConfig(version, 8, 2, 4, 16, 5, 2, 2, 3, 0.1, learnSigma, maskRatio, 2);
  }

  /** Random weights everywhere, so that nothing is hidden behind a zero. */
  private static Mdt network(MdtConfig config) {
    Mdt net = new Mdt(config);
    RandomStreams random = RandomStreams.of(5);
    int[] index = {0};
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      net.parameters()
          .values()
          .forEach(p -> p.copy_(random.normal(p.shape(), "weights", index[0]++).mul(scalar(0.3))));
    }
    return net;
  }

  private static org.bytedeco.pytorch.Scalar scalar(double value) {
    return new org.bytedeco.pytorch.Scalar(value);
  }

  private static Tensor images(int batch) {
    return RandomStreams.of(1).normal(new long[] {batch, 4, 8, 8}, "images");
  }

  private static Condition classes(int... labels) {
    return Condition.ofClasses(Tensors.ofInts(labels));
  }

  @ParameterizedTest
  @EnumSource(MdtVersion.class)
  void predict_ofOneImage_doesNotDependOnItsBatch(MdtVersion version) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Mdt net = network(tiny(version, null, true));
      Tensor both =
          Outputs.of(net.predict(images(2), Tensors.ofInts(new int[] {9, 700}), classes(1, 3)));
      Tensor second =
          Outputs.of(
              net.predict(images(2).narrow(0, 1, 1), Tensors.ofInts(new int[] {700}), classes(3)));
      assertThat(both.shape()).containsExactly(2, 8, 8, 8);
      assertClose(both.narrow(0, 1, 1), second);
      Tensor once =
          Outputs.of(net.predict(images(2), Tensors.of(new float[] {700.5f}, 1), classes(1, 3)));
      Tensor twice =
          Outputs.of(
              net.predict(images(2), Tensors.of(new float[] {700.5f, 700.5f}, 2), classes(1, 3)));
      assertClose(once, twice);
    }
  }

  /**
   * What the last layer adds after its norm is its shift, and not its scale: a sum over the width
   * of normed numbers is 0, of ones it is the width.
   */
  @Test
  void finalLayer_takesTheShiftFirst_thenTheScale() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Mdt net = network(tiny(MdtVersion.V2, null, false));
      Tensor modulation = net.parameters().get("final_layer.adaLN_modulation.1.bias"); // [2 D]
      net.parameters().get("final_layer.adaLN_modulation.1.weight").zero_();
      modulation.zero_().narrow(0, 0, 16).fill_(scalar(1));
      net.parameters().get("final_layer.linear.weight").fill_(scalar(1));
      net.parameters().get("final_layer.linear.bias").zero_();
      Tensor output = Outputs.of(net.predict(images(1), Tensors.ofInts(new int[] {9}), classes(1)));
      assertClose(output, output.new_full(output.shape(), scalar(16)));
    }
  }

  /** With every token kept in order, the masked pass is the plain one: nothing is filled in. */
  @ParameterizedTest
  @EnumSource(MdtVersion.class)
  void predictMasked_withNothingHidden_isPredict_inWhateverOrder(MdtVersion version) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Mdt net = network(tiny(version, 0.3, false));
      Tensor t = Tensors.ofInts(new int[] {3, 400});
      Tensor draws = RandomStreams.of(2).normal(new long[] {2, 16}, "order");
      Tensor masked =
          Outputs.of(
              net.predictMasked(images(2), t, classes(0, 2), TokenMask.of(draws, net.tokens())));
      assertClose(masked, Outputs.of(net.predict(images(2), t, classes(0, 2))));
      Tensor hidden =
          Outputs.of(net.predictMasked(images(2), t, classes(0, 2), TokenMask.of(draws, 9)));
      assertThat(Tensors.floats(hidden)).isNotEqualTo(Tensors.floats(masked));
    }
  }

  /**
   * What a hidden token shows can reach the output of version 1 nowhere, as its decoder reads the
   * patches no more.
   */
  @Test
  void predictMasked_ofVersion1_doesNotSeeHiddenTokens() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Mdt net = network(tiny(MdtVersion.V1, 0.3, false));
      Tensor draws = RandomStreams.of(2).normal(new long[] {1, 16}, "order");
      TokenMask mask = TokenMask.of(draws, 9);
      int hidden = 0;
      while (Tensors.floats(mask.removed())[hidden] == 0) {
        hidden++;
      }
      Tensor other = images(1).clone();
      other.narrow(2, hidden / 4 * 2L, 2).narrow(3, hidden % 4 * 2L, 2).fill_(scalar(7));
      Tensor t = Tensors.ofInts(new int[] {3});
      assertThat(Tensors.floats(Outputs.of(net.predictMasked(other, t, classes(1), mask))))
          .isEqualTo(Tensors.floats(Outputs.of(net.predictMasked(images(1), t, classes(1), mask))));
      assertThat(Tensors.floats(Outputs.of(net.predict(other, t, classes(1)))))
          .isNotEqualTo(Tensors.floats(Outputs.of(net.predict(images(1), t, classes(1)))));
    }
  }

  @ParameterizedTest
  @EnumSource(MdtVersion.class)
  void init_answersZero_withThePublishedValues(MdtVersion version) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Mdt net = network(tiny(version, 0.3, true));
      net.initAsTorch(4);
      Tensor output = Outputs.of(net.predict(images(1), Tensors.ofInts(new int[] {3}), classes(1)));
      assertThat(Tensors.floats(output)).containsOnly(0);
      Map<String, Tensor> state = net.state();
      assertThat(Tensors.floats(state.get("decoder_pos_embed")))
          .isEqualTo(Tensors.floats(PositionTable.sinCos(16, 4)));
      double bound = Math.sqrt(6.0 / (16 + 48));
      String block = version == MdtVersion.V1 ? "blocks.0." : "en_inblocks.0.";
      double largest = state.get(block + "attn.qkv.weight").abs().max().item_double();
      assertThat(largest).isBetween(0.95 * bound, bound);
      Tensor table = state.get(block + "attn.rel_pos_bias.relative_position_bias_table");
      assertThat(table.std().item_double()).isBetween(0.015, 0.025);
      assertThat(state.get("mask_token").abs().max().item_double()).isBetween(0.01, 0.1);
      assertThat(Tensors.floats(state.get("x_embedder.proj.bias"))).containsOnly(0);
      assertThat(state.keySet()).anyMatch(name -> name.startsWith("sideblocks.0.adaLN"));
      state.forEach(
          (name, tensor) -> {
            if (name.contains("adaLN_modulation") || name.startsWith("final_layer.linear")) {
              assertThat(Tensors.floats(tensor)).as(name).containsOnly(0);
            }
          });
      float[] first = Tensors.floats(state.get("t_embedder.mlp.2.weight"));
      net.initAsTorch(4);
      assertThat(Tensors.floats(state.get("t_embedder.mlp.2.weight"))).isEqualTo(first);
    }
  }

  /** mdt.md, section 2. */
  @Test
  void parameters_ofThePublishedSizes_areAsMany() {
    assertThat(count(MdtVersion.V1, MdtConfig.Size.S)).isEqualTo(35_797_208);
    assertThat(count(MdtVersion.V2, MdtConfig.Size.S)).isEqualTo(38_454_872);
    MdtConfig large = MdtConfig.published(MdtVersion.V2, MdtConfig.Size.XL);
    assertThat(List.of(large.hiddenSize(), large.depth(), large.numHeads()))
        .containsExactly(1152, 28, 16);
  }

  private static long count(MdtVersion version, MdtConfig.Size size) {
    return new Mdt(MdtConfig.published(version, size)).parameterCount();
  }

  /** Where nothing is ever hidden, what fills gaps takes no part: an optimiser leaves it alone. */
  @ParameterizedTest
  @EnumSource(MdtVersion.class)
  void gradients_reachEveryParameterThatLearns(MdtVersion version) {
    for (Double ratio : new Double[] {null, 0.3}) {
      try (Scope scope = Scope.open()) {
        Mdt net = network(tiny(version, ratio, true));
        Tensor t = Tensors.ofInts(new int[] {5, 80});
        Tensor loss = Outputs.of(net.predict(images(2), t, classes(0, 3))).square().mean();
        if (ratio != null) {
          Tensor draws = RandomStreams.of(2).normal(new long[] {2, 16}, "order");
          TokenMask mask = TokenMask.of(draws, 9);
          loss =
              loss.add(
                  Outputs.of(net.predictMasked(images(2), t, classes(0, 3), mask)).square().mean());
        }
        loss.backward();
        net.parameters()
            .forEach(
                (name, p) -> assertThat(p.grad().defined()).as(name).isEqualTo(p.requires_grad()));
        boolean learns = net.parameters().get("mask_token").requires_grad();
        assertThat(learns).isEqualTo(ratio != null);
      }
    }
  }

  /** Of a network that says nothing but the last bias: (row, column, channel) of every patch. */
  @Test
  void output_ofAToken_isLaidOutWithTheChannelInnermost() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Mdt net = new Mdt(tiny(MdtVersion.V1, null, false));
      Tensor bias = net.state().get("final_layer.linear.bias"); // [2 * 2 * 4]
      bias.copy_(torch.arange(scalar(16)));
      Tensor output = Outputs.of(net.predict(images(1), Tensors.ofInts(new int[] {3}), classes(1)));
      for (int channel = 0; channel < 4; channel++) {
        float[] cells = Tensors.floats(output.select(0, 0).select(0, channel));
        for (int i = 0; i < cells.length; i++) {
          int row = i / 8 % 2;
          int column = i % 2;
          assertThat(cells[i]).isEqualTo((row * 2 + column) * 4 + channel);
        }
      }
    }
  }

  @Test
  void positions_ofASmallGrid_areTheFormulas() {
    try (Scope scope = Scope.open()) {
      assertThat(Tensors.longs(PositionTable.relativeIndex(2)))
          .containsExactly(4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4);
      double[] table = Tensors.doubles(PositionTable.sinCos(8, 3));
      int token = 5; // row 1, column 2
      double[] expected = {
        Math.sin(2), Math.sin(0.02), Math.cos(2), Math.cos(0.02),
        Math.sin(1), Math.sin(0.01), Math.cos(1), Math.cos(0.01)
      };
      assertThat(java.util.Arrays.copyOfRange(table, 8 * token, 8 * token + 8))
          .containsExactly(expected, within(1e-6));
    }
  }

  @Test
  void predict_ofWhatDoesNotFit_isRefused() {
    try (Scope scope = Scope.open()) {
      Mdt net = new Mdt(tiny(MdtVersion.V2, null, false));
      Tensor t = Tensors.ofInts(new int[] {5, 6});
      assertThatThrownBy(() -> Outputs.of(net.predict(torch.zeros(2, 3, 8, 8), t, classes(0, 0))))
          .hasMessage("Mdt xt: shape [2, 3, 8, 8], expected [*, 4, 8, 8]");
      assertThatThrownBy(() -> Outputs.of(net.predict(images(2), t, Condition.none())))
          .hasMessageStartingWith("Mdt y: no labels for a network of 3 classes");
      TokenMask mask = TokenMask.of(torch.zeros(2, 16), 9);
      assertThatThrownBy(() -> Outputs.of(net.predictMasked(images(2), t, classes(0, 0), mask)))
          .hasMessageStartingWith("Mdt mask: the network was made without masks");
      assertThat(net.maskRule()).isNull();
      Mdt other = new Mdt(tiny(MdtVersion.V2, 0.3, false));
      TokenMask small = TokenMask.of(torch.zeros(2, 9), 3);
      assertThatThrownBy(() -> Outputs.of(other.predictMasked(images(2), t, classes(0, 0), small)))
          .hasMessage("Mdt mask: shape [2, 9], expected [2, 16]");
      assertThat(net.sameShape(other)).isFalse();
      assertThat(net.sameShape(new Mdt(tiny(MdtVersion.V2, null, false)))).isTrue();
    }
  }

  @Test
  void config_thatCannotBe_isRefused() {
    assertThatThrownBy(
            () -> new MdtConfig(MdtVersion.V1, 9, 2, 4, 16, 4, 2, 4, 3, 0.1, true, null, 2))
        .hasMessage("inputSize is 9, but must be a multiple of patchSize (2).");
    assertThatThrownBy(
            () -> new MdtConfig(MdtVersion.V1, 8, 2, 4, 18, 4, 2, 4, 3, 0.1, true, null, 2))
        .hasMessage("hiddenSize is 18, but must be a multiple of 4 and of numHeads (2).");
    assertThatThrownBy(
            () -> new MdtConfig(MdtVersion.V1, 8, 2, 4, 16, 4, 2, 4, 3, 0.1, true, null, 5))
        .hasMessage("decodeLayer is 5, but must be in 0 .. depth (4).");
    assertThatThrownBy(
            () -> new MdtConfig(MdtVersion.V2, 8, 2, 4, 16, 4, 2, 4, 3, 0.1, true, 0.85, 2))
        .hasMessageStartingWith("maskRatio is 0.85, but must be in [0, 0.8");
  }

  @ParameterizedTest
  @EnumSource(MdtVersion.class)
  void config_writtenAndRead_isTheSame(MdtVersion version) {
    MdtConfig plain = tiny(version, null, false);
    assertThat(MdtJson.read(MdtJson.write(plain))).isEqualTo(plain);
    MdtConfig published = MdtConfig.published(version, MdtConfig.Size.B);
    assertThat(MdtJson.read(MdtJson.write(published))).isEqualTo(published);
    assertThat(MdtJson.write(published).get("_class_name").asText()).isEqualTo(version.className());
  }

  /** No null class without label dropout, as in the reference. */
  @Test
  void labelTable_withoutDropout_hasNoNullClass() {
    MdtConfig config = new MdtConfig(MdtVersion.V1, 8, 2, 4, 16, 4, 2, 4, 3, 0, true, null, 2);
    Mdt net = new Mdt(config);
    assertThat(net.classEmbeddings()).isEqualTo(3);
    assertThat(net.state().get("y_embedder.embedding_table.weight").shape()).containsExactly(3, 16);
  }

  @Test
  void step_leaksNothing() {
    Mdt net = network(tiny(MdtVersion.V2, 0.3, true));
    long before = 0;
    for (int i = 0; i < 4; i++) {
      try (Scope scope = Scope.open()) {
        Tensor draws = RandomStreams.of(2).normal(new long[] {1, 16}, "order");
        Tensor t = Tensors.ofInts(new int[] {5});
        Outputs.of(net.predictMasked(images(1), t, classes(0), TokenMask.of(draws, 9)))
            .sum()
            .backward();
        Outputs.of(net.predict(images(1), t, classes(0))).sum().backward();
      }
      if (i == 1) {
        before = Pointer.totalCount();
      }
    }
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
  }

  private static void assertClose(Tensor ours, Tensor expected) {
    float[] a = Tensors.floats(ours);
    float[] b = Tensors.floats(expected);
    assertThat(a).hasSameSizeAs(b);
    for (int i = 0; i < a.length; i++) {
      assertThat(a[i]).isCloseTo(b[i], within(2e-4f));
    }
  }
}
