package io.winnow.model.dinov2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.model.dinov2.DinoV2Config.Positions;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DinoV2Test {
  private static final DinoV2Config GIANT_KIND =
      new DinoV2Config(5, 14, 64, 2, 1, FeedForward.Kind.SWIGLU, true, 4, Positions.WITH_REGISTERS);

  private Scope scope;
  private NoGradGuard guard;

  @BeforeEach
  void open() {
    scope = Scope.open();
    guard = new NoGradGuard();
    torch.manual_seed(5);
  }

  @AfterEach
  void close() {
    guard.close();
    scope.close();
  }

  @Test
  void of_stateWithRegistersAndSwiglu_readsItsSizesAndGivesItsNumbers() {
    DinoV2 network = filled(GIANT_KIND);
    Map<String, Tensor> file = new LinkedHashMap<>(network.state());
    file.put("mask_token", Tensors.of(new float[64], 1, 64));
    DinoV2 loaded = DinoV2.of(file, "dinov2_vitg14_reg4_pretrain.pth");
    assertThat(loaded.config()).isEqualTo(GIANT_KIND);
    Tensor images = torch.randn(2, 3, 42, 28);
    assertThat(Tensors.floats(loaded.forward(images)))
        .containsExactly(Tensors.floats(network.forward(images)));
  }

  @Test
  void of_blocksInChunks_areTheSameBlocks() {
    DinoV2 network = filled(GIANT_KIND);
    Map<String, Tensor> file = new LinkedHashMap<>();
    network.state().forEach((key, t) -> file.put(key.replaceFirst("^blocks\\.", "blocks.0."), t));
    assertThat(DinoV2.of(file, "chunks").config()).isEqualTo(GIANT_KIND);
  }

  @Test
  void swiglu_giant_hasThePublishedInnerWidth() {
    FeedForward giant = new FeedForward(FeedForward.Kind.SWIGLU, 1536);
    assertThat(giant.state().get("w3.weight").shape()).containsExactly(1536, 4096);
    assertThat(giant.state().get("w12.weight").shape()).containsExactly(8192, 1536);
  }

  @Test
  void positions_ofTheTablesOwnGrid_areTheTable() {
    DinoV2 network = filled(GIANT_KIND);
    assertThat(Tensors.floats(network.positions(5, 5)))
        .containsExactly(Tensors.floats(network.state().get("pos_embed")));
    assertThat(network.positions(3, 2).shape()).containsExactly(1, 7, 64);
  }

  @Test
  void positions_statedScaleAndSizesAlone_differ() {
    DinoV2 stated = filled(plain(Positions.PLAIN));
    DinoV2 sizes = new DinoV2(plain(new Positions(0, false)));
    sizes.load(stated.state(), "same weights");
    assertThat(Tensors.floats(stated.positions(3, 3)))
        .isNotEqualTo(Tensors.floats(sizes.positions(3, 3)));
  }

  @Test
  void forward_sideThatIsNoMultipleOfThePatch_isRefused() {
    DinoV2 network = filled(GIANT_KIND);
    assertThatThrownBy(() -> network.forward(torch.randn(1, 3, 30, 28)))
        .hasMessageContaining("30 x 28, but both sides must be multiples of 14");
  }

  @Test
  void of_anotherNetwork_saysWhichItLooksLike() {
    Map<String, Tensor> file = new LinkedHashMap<>();
    file.put("visual.attnpool.c_proj.weight", torch.zeros(2, 2));
    assertThatThrownBy(() -> DinoV2.of(file, "RN50.pt"))
        .hasMessageContaining("RN50.pt: is no DINOv2 (cls_token is missing)")
        .hasMessageContaining("looks like OpenAI CLIP with a ResNet image tower");
  }

  @Test
  void forward_insideAScope_leaksNoPointer() {
    DinoV2 network = filled(GIANT_KIND);
    Tensor images = torch.randn(1, 3, 28, 28);
    long before = Pointer.totalCount();
    try (Scope inner = Scope.open()) {
      network.forward(images);
    }
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
  }

  private static DinoV2Config plain(Positions positions) {
    return new DinoV2Config(5, 14, 64, 1, 1, FeedForward.Kind.MLP, true, 0, positions);
  }

  private static DinoV2 filled(DinoV2Config config) {
    DinoV2 network = new DinoV2(config);
    network.state().values().forEach(tensor -> tensor.uniform_(-0.2, 0.2, null));
    network.train(false);
    return network;
  }
}
