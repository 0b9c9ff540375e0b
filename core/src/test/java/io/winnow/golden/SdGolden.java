package io.winnow.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.winnow.diffusion.DiffusersJson;
import io.winnow.model.clip.ClipTokenizer;
import io.winnow.model.clip.TextTransformer;
import io.winnow.model.clip.TextTransformerConfig;
import io.winnow.model.clip.TokenizerFolder;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.model.vae.AutoencoderKlConfig;
import io.winnow.model.vae.Posterior;
import io.winnow.nn.Layer;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** The parts of Stable Diffusion, each alone. */
final class SdGolden {
  private static final LongOptional ALL = Scope.immortal(new LongOptional());

  private SdGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of(
        "autoencoder_kl", SdGolden::autoencoder,
        "clip_text", SdGolden::text,
        "clip_tokenizer", SdGolden::tokenizer);
  }

  private static void text(Fixture fixture) {
    TextTransformer encoder = new TextTransformer(TextTransformerConfig.fromJson(config(fixture)));
    load(fixture, encoder, TextTransformer::publishedName);
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor ids = fixture.in("input_ids");
      TextTransformer.States states = encoder.states(ids);
      fixture.compare("last_hidden_state", sliced(fixture, "last_hidden_state", states.last()));
      fixture.compare("penultimate", sliced(fixture, "penultimate", states.penultimate()));
      fixture.compare("pooled", encoder.pooled(ids, states.last()));
    }
    free(encoder);
  }

  /** Every n-th value of the last two dimensions, with n such that the sizes are the stored. */
  private static Tensor sliced(Fixture fixture, String output, Tensor ours) {
    long[] stored = fixture.out(output).shape();
    for (int dim = 1; dim < stored.length; dim++) {
      long step = ours.size(dim) / Math.max(1, stored[dim]);
      ours = ours.slice(dim, ALL, ALL, Math.max(1, step));
    }
    return ours;
  }

  private static void tokenizer(Fixture fixture) throws IOException {
    ClipTokenizer tokenizer = TokenizerFolder.read(fixture.folder());
    List<String> prompts = new ArrayList<>();
    new ObjectMapper()
        .readTree(fixture.folder().resolve(fixture.config().get("prompts").asText()).toFile())
        .forEach(prompt -> prompts.add(prompt.asText()));
    int length = fixture.config().get("model_max_length").asInt();
    long[] ids = new long[prompts.size() * length];
    long[] mask = new long[prompts.size() * length];
    long[] raw = new long[prompts.size()];
    for (int i = 0; i < raw.length; i++) {
      ClipTokenizer.Tokens tokens = tokenizer.encode(prompts.get(i));
      for (int j = 0; j < length; j++) {
        ids[i * length + j] = tokens.ids()[j];
        mask[i * length + j] = j < tokens.used() ? 1 : 0;
      }
      raw[i] = tokens.rawLength();
    }
    fixture.compare("input_ids", Tensors.of(ids, raw.length, length));
    fixture.compare("attention_mask", Tensors.of(mask, raw.length, length));
    fixture.compare("raw_length", Tensors.of(raw, raw.length));
  }

  /** In either layout of memory. */
  private static void autoencoder(Fixture fixture) {
    AutoencoderKl vae = new AutoencoderKl(AutoencoderKlConfig.fromJson(config(fixture)));
    load(fixture, vae, UnaryOperator.identity());
    autoencoder(fixture, vae);
    vae.channelsLast();
    autoencoder(fixture, vae);
    free(vae);
  }

  private static void autoencoder(Fixture fixture, AutoencoderKl vae) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor moments = vae.moments(fixture.in("x"));
      Posterior posterior = Posterior.of(moments);
      fixture.compare("moments", moments);
      fixture.compare("mean", posterior.mode());
      fixture.compare("logvar", posterior.logvar());
      fixture.compare("std", posterior.std());
      fixture.compare("latents", vae.scaled(posterior.sample(fixture.in("eps"))));
    }
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      boolean divides = fixture.config().get("decode_divides_by_scaling_factor").asBoolean();
      Tensor z = fixture.in("z");
      fixture.compare("decoded", vae.decode(divides ? vae.unscaled(z) : z));
    }
  }

  static DiffusersJson config(Fixture fixture) {
    return new DiffusersJson(fixture.name(), fixture.config());
  }

  /**
   * Tensor by tensor where the fill rule makes them: the large networks need not be there twice.
   *
   * @param names the network's key of a key of the fixture
   */
  static void load(Fixture fixture, Layer network, UnaryOperator<String> names) {
    JsonNode weights = fixture.json().get("weights");
    assertThat(network.parameterCount())
        .isEqualTo(fixture.config().path("parameters").asLong(network.parameterCount()));
    Map<String, Tensor> state = network.state();
    if (weights.isTextual()) {
      GoldenWeights.load(state, renamed(fixture.weights(), names), fixture.name());
    } else {
      List<String> keys = new ArrayList<>();
      weights.get("keys").forEach(key -> keys.add(names.apply(key.get("name").asText())));
      assertThat(keys).containsExactlyInAnyOrderElementsOf(state.keySet());
      for (JsonNode key : weights.get("keys")) {
        try (Scope scope = Scope.open();
            NoGradGuard guard = new NoGradGuard()) {
          state.get(names.apply(key.get("name").asText())).copy_(Fixture.filled(key));
        }
      }
    }
    network.train(false);
  }

  static Map<String, Tensor> renamed(Map<String, Tensor> weights, UnaryOperator<String> names) {
    Map<String, Tensor> renamed = new java.util.LinkedHashMap<>();
    weights.forEach((key, tensor) -> renamed.put(names.apply(key), tensor));
    return renamed;
  }

  static void free(Layer network) {
    network.state().values().forEach(Tensor::close);
  }
}
