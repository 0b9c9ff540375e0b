package io.winnow.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.model.clip.Activation;
import io.winnow.model.clip.ModifiedResNet;
import io.winnow.model.clip.ModifiedResNetConfig;
import io.winnow.model.clip.VisionTransformer;
import io.winnow.model.clip.VisionTransformerConfig;
import io.winnow.model.dinov2.DinoV2;
import io.winnow.model.dinov2.DinoV2Config;
import io.winnow.model.dinov2.FeedForward;
import io.winnow.nn.Layer;
import io.winnow.tensor.Layout;
import io.winnow.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** The image towers of CLIP, and DINOv2. */
final class ClipGolden {
  private ClipGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of(
        "clip_modified_resnet", ClipGolden::resnet,
        "clip_vision_with_projection", ClipGolden::vision,
        "dinov2_vit", ClipGolden::dino);
  }

  /** As loaded, and as an encoder runs it: NHWC, with the norms folded. */
  private static void resnet(Fixture fixture) {
    ModifiedResNet network = ModifiedResNet.of(fixture.weights(), fixture.name());
    JsonNode config = fixture.config();
    List<Integer> layers = new ArrayList<>();
    config.get("layers").forEach(n -> layers.add(n.asInt()));
    assertThat(network.config())
        .as("sizes read off the shapes")
        .isEqualTo(
            new ModifiedResNetConfig(
                layers,
                config.get("width").asInt(),
                config.get("heads").asInt(),
                config.get("output_dim").asInt(),
                config.get("input_resolution").asInt()));
    GoldenDevice.placed(network);
    embeddings(fixture, network::forward);
    GoldenDevice.or(Layout.CHANNELS_LAST).place(network);
    network.fold();
    embeddings(fixture, network::forward);
    free(network);
  }

  private static void vision(Fixture fixture) {
    JsonNode config = fixture.config();
    VisionTransformer network =
        new VisionTransformer(
            new VisionTransformerConfig(
                config.get("hidden_size").asInt(),
                config.get("intermediate_size").asInt(),
                config.get("num_hidden_layers").asInt(),
                config.get("num_attention_heads").asInt(),
                config.get("image_size").asInt(),
                config.get("patch_size").asInt(),
                config.get("projection_dim").asInt(),
                config.path("hidden_act").asText("quick_gelu").equals("quick_gelu")
                    ? Activation.QUICK_GELU
                    : Activation.GELU,
                config.path("layer_norm_eps").asDouble(1e-5)));
    load(fixture, network);
    GoldenDevice.placed(network);
    LongOptional all = new LongOptional();
    JsonNode step = config.path("hidden_slice");
    List<String> inputs = inputs(fixture);
    for (int i = 0; i < inputs.size(); i++) {
      try (Scope scope = Scope.open();
          NoGradGuard guard = new NoGradGuard()) {
        Tensor tokens = network.tokens(fixture.there(inputs.get(i))); // [B, N + 1, D]
        Tensor embedding = network.project(tokens); // [B, P]
        fixture.compare("embedding" + i, GoldenWeights.like(embedding, fixture, "embedding" + i));
        if (!fixture.has("out.hidden" + i)) {
          continue;
        }
        Tensor hidden = tokens.slice(1, all, all, step.path(0).asLong(1));
        hidden = hidden.slice(2, all, all, step.path(1).asLong(1));
        fixture.compare("hidden" + i, GoldenWeights.like(hidden, fixture, "hidden" + i));
      }
    }
    free(network);
  }

  private static void dino(Fixture fixture) {
    JsonNode config = fixture.config();
    int patch = config.get("patch_size").asInt();
    boolean swiglu = config.path("ffn_layer").asText("mlp").startsWith("swiglu");
    DinoV2 network =
        new DinoV2(
            new DinoV2Config(
                config.get("img_size").asInt() / patch,
                patch,
                config.get("embed_dim").asInt(),
                config.get("depth").asInt(),
                config.get("num_heads").asInt(),
                swiglu ? FeedForward.Kind.SWIGLU : FeedForward.Kind.MLP,
                config.hasNonNull("init_values"),
                config.path("num_register_tokens").asInt(0),
                new DinoV2Config.Positions(
                    config.path("interpolate_offset").asDouble(0.1),
                    config.path("interpolate_antialias").asBoolean(false))));
    network.load(fixture.weights(), fixture.name());
    GoldenDevice.placed(network);
    embeddings(fixture, network::forward);
    if (fixture.has("out.pos_embed_used")) {
      JsonNode size = config.get("input_size");
      fixture.compare(
          "pos_embed_used",
          network.positions(size.get(0).asLong() / patch, size.get(1).asLong() / patch).squeeze(0));
    }
    free(network);
  }

  private static void embeddings(Fixture fixture, Function<Tensor, Tensor> network) {
    List<String> inputs = inputs(fixture);
    for (int i = 0; i < inputs.size(); i++) {
      try (Scope scope = Scope.open();
          NoGradGuard guard = new NoGradGuard()) {
        Tensor embedding = network.apply(fixture.there(inputs.get(i)));
        fixture.compare("embedding" + i, GoldenWeights.like(embedding, fixture, "embedding" + i));
      }
    }
  }

  /** Input i belongs to embedding i. */
  private static List<String> inputs(Fixture fixture) {
    List<String> names = new ArrayList<>();
    fixture.config().path("fill_inputs").forEach(input -> names.add(input.get("name").asText()));
    if (names.isEmpty()) {
      fixture.json().get("inputs").forEach(input -> names.add(input.asText()));
    }
    return names;
  }

  /** Tensor by tensor where the fill rule makes them: the large model need not be there twice. */
  private static void load(Fixture fixture, VisionTransformer network) {
    JsonNode weights = fixture.json().get("weights");
    if (!weights.has("keys")) {
      network.load(fixture.weights(), fixture.name());
      return;
    }
    Map<String, Tensor> state = network.state();
    List<String> names = new ArrayList<>();
    weights.get("keys").forEach(key -> names.add(key.get("name").asText()));
    assertThat(names).containsExactlyInAnyOrderElementsOf(state.keySet());
    for (JsonNode key : weights.get("keys")) {
      try (Scope scope = Scope.open();
          NoGradGuard guard = new NoGradGuard()) {
        state.get(key.get("name").asText()).copy_(Fixture.filled(key));
      }
    }
  }

  private static void free(Layer network) {
    network.state().values().forEach(Tensor::close);
  }
}
