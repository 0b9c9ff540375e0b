package io.winnow.model.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.nn.Layer;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Checkpoint;
import io.winnow.weights.Safetensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClipTowersTest {
  private static final ModifiedResNetConfig RESNET =
      new ModifiedResNetConfig(List.of(1, 1, 1, 1), 4, 2, 6, 64);
  private static final VisionTransformerConfig VIT =
      new VisionTransformerConfig(64, 96, 2, 1, 28, 14, 5, Activation.QUICK_GELU, 1e-5);

  @TempDir Path folder;
  private Scope scope;
  private NoGradGuard guard;

  @BeforeEach
  void open() {
    scope = Scope.open();
    guard = new NoGradGuard();
    torch.manual_seed(3);
  }

  @AfterEach
  void close() {
    guard.close();
    scope.close();
  }

  @Test
  void modifiedResNet_openAiFileWithHalvesAndTextTower_givesTheTowersNumbers() {
    ModifiedResNet network = filled(new ModifiedResNet(RESNET));
    Map<String, Tensor> file = new LinkedHashMap<>();
    network
        .state()
        .forEach(
            (key, tensor) -> {
              if (!key.endsWith("num_batches_tracked")) {
                Tensor stored = tensor.dim() == 4 ? tensor.to(ScalarType.Half) : tensor;
                tensor.copy_(stored);
                file.put("visual." + key, stored.clone());
              }
            });
    file.put("positional_embedding", Tensors.of(new float[2], 2));
    file.put("input_resolution", Tensors.of(new long[1]));
    file.put("transformer.resblocks.0.ln_1.weight", Tensors.of(new float[2], 2));
    Path path = folder.resolve("RN.safetensors");
    Safetensors.write(path, file, Map.of());
    // Heads of 64 are read off the shapes: 4 * 32 / 64 = 2.
    ModifiedResNet loaded = ModifiedResNet.of(Checkpoint.read(path), path.toString());
    assertThat(loaded.config()).isEqualTo(RESNET);
    Tensor images = torch.randn(2, 3, 64, 64);
    assertThat(Tensors.floats(loaded.forward(images)))
        .containsExactly(Tensors.floats(network.forward(images)));
  }

  @Test
  void modifiedResNet_foldedAndNhwc_staysClose_andIgnoresTheBatch() {
    ModifiedResNet network = filled(new ModifiedResNet(RESNET));
    Tensor images = torch.randn(3, 3, 64, 64);
    float[] plain = Tensors.floats(network.forward(images));
    network.channelsLast();
    network.fold();
    float[] folded = Tensors.floats(network.forward(images));
    float[] single = Tensors.floats(network.forward(images.narrow(0, 1, 1)));
    for (int i = 0; i < plain.length; i++) {
      assertThat(folded[i]).isCloseTo(plain[i], within(1e-4f));
    }
    for (int i = 0; i < single.length; i++) {
      assertThat(single[i]).isCloseTo(folded[single.length + i], within(1e-5f));
    }
  }

  @Test
  void modifiedResNet_publishedSizes_haveTheStatedCount() {
    long values =
        new ModifiedResNet(ModifiedResNetConfig.rn50())
            .state().entrySet().stream()
                .filter(e -> !e.getKey().endsWith("num_batches_tracked"))
                .mapToLong(e -> e.getValue().numel())
                .sum();
    assertThat(values).isEqualTo(38_370_144);
  }

  @Test
  void modifiedResNet_fileOfAnotherNetwork_saysWhichItLooksLike() {
    Map<String, Tensor> vit = openAi(filled(new VisionTransformer(VIT)));
    assertThatThrownBy(() -> ModifiedResNet.of(vit, "ViT.pt"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ViT.pt: is no CLIP with a ResNet image tower")
        .hasMessageContaining("looks like OpenAI CLIP with a ViT image tower");
  }

  @Test
  void visionTransformer_openAiNames_giveTheSameNumbersAsTransformersNames() {
    VisionTransformer network = filled(new VisionTransformer(VIT));
    VisionTransformer renamed = VisionTransformer.of(openAi(network), "ViT.pt");
    assertThat(renamed.config()).isEqualTo(VIT);
    Tensor images = torch.randn(2, 3, 28, 28);
    assertThat(Tensors.floats(renamed.forward(images)))
        .containsExactly(Tensors.floats(network.forward(images)));
  }

  @Test
  void visionTransformer_wholeClipFile_leavesTheTextTowerAside() {
    VisionTransformer network = filled(new VisionTransformer(VIT));
    Map<String, Tensor> file = new LinkedHashMap<>(network.state());
    file.put("text_model.embeddings.token_embedding.weight", Tensors.of(new float[2], 2));
    file.put("logit_scale", Tensors.of(new float[1]));
    file.put("vision_model.embeddings.position_ids", Tensors.of(new long[5], 1, 5));
    assertThat(VisionTransformer.of(file, "clip").config()).isEqualTo(VIT);
  }

  @Test
  void visionTransformer_missingKey_isNamed() {
    VisionTransformer network = filled(new VisionTransformer(VIT));
    Map<String, Tensor> file = new LinkedHashMap<>(network.state());
    file.remove("vision_model.post_layernorm.bias");
    assertThatThrownBy(() -> VisionTransformer.of(file, "clip.safetensors"))
        .hasMessageContaining("clip.safetensors")
        .hasMessageContaining("1 key missing (vision_model.post_layernorm.bias)");
  }

  @Test
  void visionTransformer_imagesOfAnotherSide_areRefused() {
    VisionTransformer network = filled(new VisionTransformer(VIT));
    assertThatThrownBy(() -> network.forward(torch.randn(1, 3, 42, 42)))
        .hasMessageContaining("VisionTransformer images: shape [1, 3, 42, 42]");
  }

  @Test
  void forward_insideAScope_leaksNoPointer() {
    VisionTransformer vit = filled(new VisionTransformer(VIT));
    ModifiedResNet resnet = filled(new ModifiedResNet(RESNET));
    Tensor small = torch.randn(1, 3, 28, 28);
    Tensor large = torch.randn(1, 3, 64, 64);
    long before = Pointer.totalCount();
    try (Scope inner = Scope.open()) {
      vit.forward(small);
      resnet.forward(large);
    }
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
  }

  /** Random weights, running variances kept positive, in evaluation mode. */
  private static <L extends Layer> L filled(L network) {
    network
        .state()
        .forEach(
            (key, tensor) -> {
              if (key.endsWith("running_var")) {
                tensor.uniform_(0.5, 1.5, null);
              } else if (tensor.is_floating_point()) {
                tensor.uniform_(-0.2, 0.2, null);
              }
            });
    network.train(false);
    return network;
  }

  private static Map<String, Tensor> openAi(VisionTransformer network) {
    Map<String, Tensor> state = network.state();
    Map<String, Tensor> file = new LinkedHashMap<>();
    String embeddings = "vision_model.embeddings.";
    file.put("visual.class_embedding", state.get(embeddings + "class_embedding"));
    file.put("visual.conv1.weight", state.get(embeddings + "patch_embedding.weight"));
    file.put("visual.positional_embedding", state.get(embeddings + "position_embedding.weight"));
    file.put("visual.proj", state.get("visual_projection.weight").t());
    for (String kind : List.of(".weight", ".bias")) {
      file.put("visual.ln_pre" + kind, state.get("vision_model.pre_layrnorm" + kind));
      file.put("visual.ln_post" + kind, state.get("vision_model.post_layernorm" + kind));
      for (int i = 0; i < VIT.layers(); i++) {
        String from = "vision_model.encoder.layers." + i + ".";
        String to = "visual.transformer.resblocks." + i + ".";
        file.put(to + "ln_1" + kind, state.get(from + "layer_norm1" + kind));
        file.put(to + "ln_2" + kind, state.get(from + "layer_norm2" + kind));
        file.put(to + "mlp.c_fc" + kind, state.get(from + "mlp.fc1" + kind));
        file.put(to + "mlp.c_proj" + kind, state.get(from + "mlp.fc2" + kind));
        file.put(to + "attn.out_proj" + kind, state.get(from + "self_attn.out_proj" + kind));
        TensorVector rows = new TensorVector();
        for (String part : List.of("q", "k", "v")) {
          rows.push_back(state.get(from + "self_attn." + part + "_proj" + kind));
        }
        file.put(to + "attn.in_proj_" + kind.substring(1), torch.cat(rows, 0));
      }
    }
    file.put("ln_final.weight", Tensors.of(new float[2], 2));
    return file;
  }
}
